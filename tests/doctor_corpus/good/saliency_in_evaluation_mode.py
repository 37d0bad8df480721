import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(20, 4), torch.randint(0, 3, (20,))
net = nn.Sequential(nn.Linear(4, 8), nn.Dropout(), nn.Linear(8, 3))
optimizer = torch.optim.Adam(net.parameters())
for _ in range(4):
    optimizer.zero_grad()
    F.cross_entropy(net(x), y).backward()
    optimizer.step()
net.eval()
for row in x[:5]:
    asked = row.clone().requires_grad_()
    best = net(asked.unsqueeze(0)).max()
    (slope,) = torch.autograd.grad(best, asked)
