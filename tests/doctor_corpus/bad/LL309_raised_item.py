import torch
from torch import nn


def fit(net, x, y):
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    with torch.no_grad():
        output = net(x)
    optimizer.zero_grad()
    nn.functional.cross_entropy(output, y).backward()  # expect LL309
    optimizer.step()


fit(nn.Linear(4, 3), torch.randn(8, 4), torch.randint(0, 3, (8,)))
