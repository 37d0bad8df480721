import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(6):
    x, y = torch.randn(8, 4), torch.randn(8, 1)
    nn.functional.mse_loss(net(x), y).backward()
    with torch.no_grad():
        moves = [0.05 * p.grad / p.grad.norm() for p in net.parameters()]
        for parameter, move in zip(net.parameters(), moves, strict=True):
            parameter.add_(move)
    optimizer.zero_grad()
    nn.functional.mse_loss(net(x), y).backward()
    with torch.no_grad():
        for parameter, move in zip(net.parameters(), moves, strict=True):
            parameter.sub_(move)
    optimizer.step()
    optimizer.zero_grad()
