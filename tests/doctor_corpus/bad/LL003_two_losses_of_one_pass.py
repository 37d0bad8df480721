import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, labels, values = torch.randn(10, 4), torch.randint(0, 3, (10,)), torch.randn(10)
body, one, two = nn.Sequential(nn.Linear(4, 8), nn.Tanh()), nn.Linear(8, 3), nn.Linear(8, 1)
hidden = body(x)
F.cross_entropy(one(hidden), labels).backward()
F.mse_loss(two(hidden).squeeze(1), values).backward()  # expect LL003
