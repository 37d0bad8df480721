import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(32, 4), torch.rand(32, 1).round()
net = nn.Sequential(nn.Linear(4, 1), nn.Sigmoid())
criterion, optimizer = nn.BCEWithLogitsLoss(), torch.optim.Adam(net.parameters())
for _ in range(3):
    optimizer.zero_grad()
    loss = criterion(net(x), y)  # expect LL203
    loss.backward()
    optimizer.step()
