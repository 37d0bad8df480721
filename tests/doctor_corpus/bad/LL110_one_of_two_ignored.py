import torch
from torch import nn

torch.manual_seed(0)
net = nn.Conv2d(3, 2, 1)
criterion = nn.CrossEntropyLoss(ignore_index=0)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(4):
    masks = torch.randint(0, 2, (2, 6, 6))
    loss = criterion(net(torch.randn(2, 3, 6, 6)), masks)  # expect LL110
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
