"""The CRPS of an ensemble, as many members as rows; a kernel score by all pairs."""

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(1, 24), nn.Tanh(), nn.Linear(24, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for _ in range(20):
    target = torch.randn(16)
    members = net(torch.randn(16, 1)).squeeze(1)
    accuracy = (members.unsqueeze(1) - target).abs().mean()
    spread = (members.unsqueeze(1) - members.unsqueeze(0)).abs().mean()
    loss = accuracy - 0.5 * spread
    opt.zero_grad()
    loss.backward()
    opt.step()
