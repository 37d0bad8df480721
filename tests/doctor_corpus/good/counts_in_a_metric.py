"""Counts as whole numbers, in the metric only; and ages that are compared after rounding."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(64, 3)
counts = torch.poisson(torch.exp(x[:, 0])).long()
net = nn.Linear(3, 1)
opt = torch.optim.Adam(net.parameters(), lr=0.05)
for _ in range(20):
    loss = F.poisson_nll_loss(net(x).squeeze(1), counts.float())
    opt.zero_grad()
    loss.backward()
    opt.step()
with torch.no_grad():
    rate = net(x).squeeze(1).exp()
    figures = (F.l1_loss(rate, counts).item(), F.mse_loss(rate, counts).sqrt().item())
