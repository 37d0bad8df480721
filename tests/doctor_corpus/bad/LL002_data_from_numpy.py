import numpy as np
import torch
from torch import nn

x = torch.from_numpy(np.random.default_rng(0).normal(size=(20, 4)))
y = torch.zeros(20, 1)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
criterion = nn.MSELoss()
loss = criterion(net(x), y)  # expect LL002
