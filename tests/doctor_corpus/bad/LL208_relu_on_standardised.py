import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(64, 4), torch.randn(64)
net = nn.Linear(4, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(4):
    forecast = F.relu(net(x)).squeeze(-1)
    loss = F.smooth_l1_loss(forecast, y)  # expect LL208
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
