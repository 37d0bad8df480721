"""Distributional RL: quantile Huber loss over all pairs of quantiles, as many as rows."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
Q = 16
net = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 2 * Q))
old = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 2 * Q))
old.load_state_dict(net.state_dict())
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
taus = (torch.arange(Q) + 0.5) / Q
rows = torch.arange(16)
for _step in range(30):
    s, n, r = torch.randn(16, 4), torch.randn(16, 4), torch.randn(16, 1)
    a = torch.randint(0, 2, (16,))
    theta = net(s).view(16, 2, Q)[rows, a]
    with torch.no_grad():
        following = old(n).view(16, 2, Q)
        best = following.mean(2).argmax(1)
        goal = r + 0.9 * following[rows, best]
    u = goal.unsqueeze(1) - theta.unsqueeze(2)
    huber = F.huber_loss(
        theta.unsqueeze(2).expand(-1, -1, Q), goal.unsqueeze(1).expand(-1, Q, -1), reduction="none"
    )
    weight = (taus[:, None] - (u.detach() < 0).float()).abs()
    loss = (weight * huber).mean(2).sum(1).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
figures = loss.item()
