import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(64, 4), torch.randn(64, 1)
net, coder = nn.Linear(4, 1), nn.Sequential(nn.Linear(4, 2), nn.Tanh(), nn.Linear(2, 4))
optimizer = torch.optim.SGD(net.parameters(), lr=0.001)
coding = torch.optim.Adam(coder.parameters(), lr=0.1)
for _ in range(8):
    optimizer.zero_grad()
    F.mse_loss(net(x), y, reduction="sum").backward()
    optimizer.step()
    coding.zero_grad()
    F.mse_loss(coder(x), x, reduction="sum").backward()
    coding.step()
