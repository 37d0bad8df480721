import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, counts = torch.randn(32, 2), torch.poisson(torch.ones(32))
rate = nn.Linear(2, 1)
optimizer = torch.optim.SGD(rate.parameters(), lr=0.01)
for _ in range(4):
    loss = F.poisson_nll_loss(rate(x), counts)  # expect LL101
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
