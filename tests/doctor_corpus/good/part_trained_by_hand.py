import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 1)
scale = nn.Parameter(torch.ones(1))
optimizer = torch.optim.Adam(net.parameters())
for _ in range(6):
    loss = nn.functional.mse_loss(net(torch.randn(8, 4)) * scale, torch.randn(8, 1))
    optimizer.zero_grad()
    scale.grad = None
    loss.backward()
    optimizer.step()
    scale.data -= 0.01 * scale.grad
