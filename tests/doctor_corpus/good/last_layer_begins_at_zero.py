import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1), nn.Sigmoid())
nn.init.zeros_(net[2].weight)
nn.init.zeros_(net[2].bias)
optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
for _ in range(20):
    x = torch.randn(32, 4)
    loss = F.binary_cross_entropy(net(x).squeeze(1), (x[:, 0] > 0).float())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
