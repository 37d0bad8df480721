import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(32, 4), torch.randint(0, 3, (32,))
net = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))
optimizer = torch.optim.Adam(net.parameters())


def loss_of(x):
    return F.cross_entropy(net(x), y)


for _ in range(5):
    net.eval()
    with torch.no_grad():
        clean = loss_of(x)
    moved = x.clone().requires_grad_()
    loss_of(moved).backward()
    net.train()
    optimizer.zero_grad()
    loss_of((moved + 0.1 * moved.grad.sign()).detach()).backward()
    optimizer.step()
