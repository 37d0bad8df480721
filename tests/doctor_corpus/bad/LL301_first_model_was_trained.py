import torch
import torch.nn.functional as F
from torch import nn


def fit(net, optimizer, criterion):
    for _ in range(10):
        x = torch.randn(32, 4)
        optimizer.zero_grad()
        criterion(net(x), x).backward()
        optimizer.step()


torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 2), nn.LogSoftmax(dim=1))
optimizer = torch.optim.Adam(net.parameters())  # expect LL301
fit(net, optimizer, lambda p, x: F.nll_loss(p, (x[:, 0] > 0).long()))
net = nn.Sequential(nn.Linear(4, 1), nn.Sigmoid())
fit(net, optimizer, lambda p, x: F.mse_loss(p, (x[:, :1] > 0).float()))
