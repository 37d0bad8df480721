import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(30, 4), torch.randn(30)
net = nn.Linear(4, 1)
start = net.state_dict()  # expect LL408


def fit(rows):
    net.load_state_dict(start)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(4):
        optimizer.zero_grad()
        ((net(x[rows]).squeeze(1) - y[rows]) ** 2).mean().backward()
        optimizer.step()


for fold in range(3):
    fit(slice(10 * fold, 10 * fold + 10))
