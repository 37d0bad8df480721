import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(60, 4), torch.randint(0, 3, (60,))
net = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))
optimizer = torch.optim.Adam(net.parameters())
for epoch in range(6):
    net.train()
    if epoch >= 3:
        net.eval()
    for start in (0, 20):
        optimizer.zero_grad()
        F.cross_entropy(net(x[start : start + 20]), y[start : start + 20]).backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        accuracy = (net(x[40:]).argmax(1) == y[40:]).float().mean()
