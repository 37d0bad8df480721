import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(32, 4), torch.arange(32) % 3 + 1
net, criterion = nn.Linear(4, 3), nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters())
for _ in range(3):
    optimizer.zero_grad()
    loss = criterion(net(x), y)  # expect LL103
    loss.backward()
    optimizer.step()
