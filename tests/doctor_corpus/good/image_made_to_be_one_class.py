import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 5)).eval()
images = torch.randn(16, 16, requires_grad=True)
optimizer = torch.optim.Adam([images], lr=0.1)
wanted = torch.full((16,), 3)
for _ in range(20):
    optimizer.zero_grad()
    F.cross_entropy(net(images), wanted).backward()
    optimizer.step()
