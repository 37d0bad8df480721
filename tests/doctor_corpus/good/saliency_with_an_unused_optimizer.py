import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 3)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    x = torch.randn(1, 4, requires_grad=True)
    net.zero_grad()
    net(x)[0].max().backward()
    strongest = x.grad.abs().max().item()
