import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, counts = torch.randn(32, 4), torch.poisson(torch.full((32,), 3.0))
counts = (counts - counts.mean()) / counts.std()
net = nn.Linear(4, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.001)
for _ in range(4):
    loss = F.poisson_nll_loss(net(x).squeeze(1), counts)  # expect LL108
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
