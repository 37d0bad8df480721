import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(32, 4), torch.randint(0, 3, (32,))
criterion = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 1.0, 4.0]))
loss = criterion(nn.Linear(4, 3)(x), y)  # expect LL110
loss.backward()
