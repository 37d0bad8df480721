import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(32, 4), torch.rand(32, 1).round()
net, criterion = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1)), nn.BCELoss()
optimizer = torch.optim.Adam(net.parameters())
for _ in range(3):
    loss = criterion(net(x), y)  # expect LL204
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
