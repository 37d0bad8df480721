import torch
from torch import nn

images = torch.randn(16, 1, 4, 4)
model = nn.Linear(16, 3)
scores = model(images)  # expect LL001
