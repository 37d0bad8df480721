"""DETR-like matching: a matrix of costs by a loss without reduction, then a loss on the pairs."""

import torch
import torch.nn.functional as F
from scipy.optimize import linear_sum_assignment
from torch import nn

torch.manual_seed(0)
net = nn.Linear(8, 6 * 4)
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for _ in range(10):
    x, boxes = torch.randn(1, 8), torch.rand(6, 4)
    out = net(x).view(6, 4).sigmoid()
    with torch.no_grad():
        cost = F.l1_loss(out[:, None], boxes, reduction="none").sum(-1)
    rows, columns = linear_sum_assignment(cost.numpy())
    loss = F.l1_loss(out[rows], boxes[columns])
    opt.zero_grad()
    loss.backward()
    opt.step()
