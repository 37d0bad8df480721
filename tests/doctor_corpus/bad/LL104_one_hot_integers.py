import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(32, 4), nn.functional.one_hot(torch.randint(0, 3, (32,)), 3)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
loss = nn.CrossEntropyLoss()(net(x), y)  # expect LL104
loss.backward()
