import torch
from torch import nn

torch.manual_seed(0)
x, y, weights = torch.randn(32, 4), torch.randint(0, 3, (32,)), torch.rand(32)
net, criterion = nn.Linear(4, 3), nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters())
for _ in range(3):
    loss = criterion(net(x), y)
    loss = (weights * loss).mean()  # expect LL210
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
