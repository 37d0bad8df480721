import copy

import torch
from torch import nn


def fit(model, optimizer, x, y):
    model = copy.deepcopy(model)
    for _ in range(4):
        loss = nn.functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


torch.manual_seed(0)
net = nn.Linear(5, 3)
sgd = torch.optim.SGD(net.parameters(), lr=0.1)  # expect LL301
fit(net, sgd, torch.randn(30, 5), torch.randint(0, 3, (30,)))
