import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(32, 4), torch.arange(32) % 3
net, criterion = nn.Linear(4, 3), nn.BCEWithLogitsLoss()
loss = criterion(net(x), y.float())  # expect LL104
loss.backward()
