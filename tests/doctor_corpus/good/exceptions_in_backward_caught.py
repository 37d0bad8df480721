import contextlib

import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(10, 4), torch.randn(10, 1)
net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(4):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(net(x), y)
    loss.backward()
    with contextlib.suppress(RuntimeError):
        loss.backward()
    with contextlib.suppress(RuntimeError):
        net(x.double())
    optimizer.step()
