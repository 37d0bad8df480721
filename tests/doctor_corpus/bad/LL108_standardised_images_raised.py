import torch
from torch import nn

torch.manual_seed(0)
images = torch.randn(8, 12)
net = nn.Sequential(nn.Linear(12, 3), nn.ReLU(), nn.Linear(3, 12), nn.Sigmoid())
loss = nn.BCELoss()(net(images), images)  # expect LL108
loss.backward()
