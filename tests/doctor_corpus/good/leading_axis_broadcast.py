import torch
from torch import nn

torch.manual_seed(0)
x, shared = torch.randn(32, 4), torch.randn(3)
net = nn.Linear(4, 3)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(6):
    loss = ((net(x) - shared) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
