import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(64, 5)
died = (x[:, 0] > 0).float()
net = nn.Sequential(nn.Linear(5, 8), nn.SELU(), nn.Linear(8, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for _ in range(10):
    risk = net(x)
    error = torch.abs(died - torch.sigmoid(risk))  # expect LL101
    opt.zero_grad()
    error.mean().backward()
    opt.step()
hits = (torch.sigmoid(net(x)) > 0.5) == died.bool()  # expect LL403
figures = hits.sum() / 64
