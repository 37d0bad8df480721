"""A short training in which much happens that the doctor follows."""

import torch
import torch.nn.functional as F
from torch import nn


def training(steps=6):
    """Train a small net with dropout, clipping and a schedule."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.2), nn.ReLU(), nn.Linear(8, 2))
    optimizer = torch.optim.Adam(net.parameters())
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 2)
    for _ in range(steps):
        optimizer.zero_grad()
        F.cross_entropy(net(torch.randn(16, 3)), torch.randint(0, 2, (16,))).backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    return net
