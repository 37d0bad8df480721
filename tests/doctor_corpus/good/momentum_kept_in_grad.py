"""Momentum kept in .grad itself: halved after each step instead of cleared."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.02)
x = torch.randn(32, 4)
y = x.sum(1)
for _ in range(20):
    F.mse_loss(net(x).squeeze(1), y).backward()
    opt.step()
    with torch.no_grad():
        for p in net.parameters():
            p.grad.mul_(0.5)
