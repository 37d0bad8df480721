import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(64, 4), torch.randn(64)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(net.parameters())
for start in range(0, 64, 16):
    optimizer.zero_grad()
    loss = criterion(net(x[start : start + 16]), y[start : start + 16])  # expect LL101
    loss.backward()
    optimizer.step()
