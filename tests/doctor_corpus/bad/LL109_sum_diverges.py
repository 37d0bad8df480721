import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(64, 4), torch.randn(64, 1)
net, criterion = nn.Linear(4, 1), nn.MSELoss(reduction="sum")
optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
for _ in range(10):
    optimizer.zero_grad()
    loss = criterion(net(x), y)  # expect LL109
    loss.backward()
    optimizer.step()
