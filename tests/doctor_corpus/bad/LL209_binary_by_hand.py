import torch
from torch import nn


def cross_entropy(scores, y):
    p = torch.sigmoid(scores)
    return -(y * p.log() + (1 - y) * (1 - p).log()).mean()  # expect LL209


torch.manual_seed(0)
net = nn.Conv2d(1, 1, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(3):
    loss = cross_entropy(net(torch.randn(2, 1, 6, 6)), torch.rand(2, 1, 6, 6).round())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
