import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(40, 4), torch.randint(0, 2, (40, 1)).float()
net = nn.Sequential(nn.Linear(4, 1), nn.Sigmoid())
optimizer = torch.optim.Adam(net.parameters())
for _ in range(6):
    p = net(x)
    assert (p >= 0).all()
    assert (p > 0).all()
    assert (p <= 1).all()
    optimizer.zero_grad()
    nn.functional.binary_cross_entropy(p, y).backward()
    optimizer.step()
    accuracy = ((p > 0.5) == y).float().mean()
