import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(200, 4), (torch.rand(200, 1) > 0.8).float()
net = nn.Linear(4, 1)
criterion = nn.BCEWithLogitsLoss(pos_weight=y.sum() / (1 - y).sum())
optimizer = torch.optim.Adam(net.parameters())
for _ in range(4):
    optimizer.zero_grad()
    loss = criterion(net(x), y)  # expect LL110
    loss.backward()
    optimizer.step()
