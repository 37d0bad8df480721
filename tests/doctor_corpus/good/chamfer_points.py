"""Chamfer distance of two point clouds with as many points; earth mover by Sinkhorn."""

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 2))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
real = torch.randn(32, 2) * 0.3 + 1
for _ in range(20):
    made = net(torch.randn(32, 2))
    d = (made[:, None] - real).pow(2).sum(-1)
    chamfer = d.min(1).values.mean() + d.min(0).values.mean()
    k = torch.exp(-d.detach() / 0.5)
    u, v = torch.ones(32) / 32, torch.ones(32) / 32
    for _ in range(10):
        u = (1 / 32) / (k @ v + 1e-9)
        v = (1 / 32) / (k.T @ u + 1e-9)
    plan = u[:, None] * k * v
    loss = chamfer + (plan * d).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
