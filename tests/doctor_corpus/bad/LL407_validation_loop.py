import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(60, 4), torch.randn(60, 1)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
optimizer = torch.optim.Adam(net.parameters())
criterion = nn.MSELoss()
for _ in range(3):
    net.train()
    optimizer.zero_grad()
    criterion(net(x[:40]), y[:40]).backward()
    optimizer.step()
    net.eval()
    total = 0.0
    for start in (40, 50):
        output = net(x[start : start + 10])  # expect LL407
        total += criterion(output, y[start : start + 10]).item()
