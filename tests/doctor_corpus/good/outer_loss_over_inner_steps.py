import torch
from torch import nn

torch.manual_seed(0)
rate = nn.Parameter(torch.tensor(0.1))
net = nn.Linear(4, 1)
outer, inner = torch.optim.Adam([rate], lr=0.01), torch.optim.SGD(net.parameters(), lr=0.1)
x, y = torch.randn(32, 4), torch.randn(32, 1)
for _ in range(3):
    total = torch.zeros(())
    for _ in range(5):
        inner.zero_grad()
        nn.functional.mse_loss(net(x), y).backward()
        inner.step()
        total = total + (rate * net.weight.detach().clone()).pow(2).mean()
    outer.zero_grad()
    total.backward()
    outer.step()
