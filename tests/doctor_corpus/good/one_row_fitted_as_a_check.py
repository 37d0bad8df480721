import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
x, label = torch.randn(1, 4), torch.tensor([2])
for _ in range(100):
    optimizer.zero_grad()
    F.cross_entropy(net(x), label).backward()
    optimizer.step()
