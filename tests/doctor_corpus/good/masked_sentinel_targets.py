import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 3), nn.Sigmoid())
optimizer = torch.optim.Adam(net.parameters())
for _ in range(6):
    target = torch.rand(32, 3).masked_fill(torch.rand(32, 3) > 0.5, -100.0)
    each = nn.functional.mse_loss(net(torch.randn(32, 4)), target, reduction="none")
    known = target >= 0
    loss = each[known].mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
