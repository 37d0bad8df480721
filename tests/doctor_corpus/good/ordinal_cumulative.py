"""Ordinal regression by cumulative logits; the level is the number of thresholds passed."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
LEVELS = 5


class Ordinal(nn.Module):
    def __init__(self):
        super().__init__()
        self.score = nn.Linear(6, 1)
        self.first = nn.Parameter(torch.tensor(-1.0))
        self.gaps = nn.Parameter(torch.zeros(LEVELS - 2))

    def forward(self, x):
        cuts = torch.cat([self.first[None], self.first + F.softplus(self.gaps).cumsum(0)])
        return self.score(x) - cuts


x = torch.randn(200, 6)
rank = (x.sum(1) / 2 + 2.5).round().clamp(0, LEVELS - 1).long()
target = (rank[:, None] > torch.arange(LEVELS - 1)).float()
net = Ordinal()
opt = torch.optim.Adam(net.parameters(), lr=0.05)
for _step in range(80):
    scores = net(x)
    loss = F.binary_cross_entropy_with_logits(scores, target)
    opt.zero_grad()
    loss.backward()
    opt.step()
with torch.no_grad():
    level = (net(x) > 0).sum(1)
    figures = loss.item(), (level == rank).float().mean()
