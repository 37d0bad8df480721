import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
x, y = torch.randn(16, 4), torch.randn(16, 1)
for parameter in net.parameters():
    parameter.grad = torch.zeros_like(parameter)
for _ in range(8):
    noise = [torch.randn_like(parameter) for parameter in net.parameters()]
    losses = []
    for sign in (1, -1):
        moved = [p + sign * 0.1 * n for p, n in zip(net.parameters(), noise, strict=True)]
        losses.append(nn.functional.mse_loss(nn.functional.linear(x, *moved), y).detach())
    for parameter, one in zip(net.parameters(), noise, strict=True):
        parameter.grad.copy_((losses[0] - losses[1]) / 0.2 * one)
    optimizer.step()
