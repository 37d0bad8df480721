import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(40, 4), torch.randint(0, 3, (40, 1))
net = nn.Linear(4, 3)
hits = 0
for start in range(0, 40, 8):
    best = net(x[start : start + 8]).argmax(1)
    hits += (best == y[start : start + 8]).sum().item()  # expect LL403
