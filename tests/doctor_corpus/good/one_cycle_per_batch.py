import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR, OneCycleLR

torch.manual_seed(0)
net = nn.Linear(4, 1)
for kind in ("cycle", "warm"):
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    if kind == "cycle":
        schedule = OneCycleLR(optimizer, max_lr=0.1, total_steps=40)
    else:
        schedule = LambdaLR(optimizer, lambda step: min(step / 10, 1.0))
    for _ in range(40):
        if kind == "warm":
            schedule.step()
        optimizer.zero_grad()
        nn.functional.mse_loss(net(torch.randn(8, 4)), torch.randn(8, 1)).backward()
        optimizer.step()
        if kind == "cycle":
            schedule.step()
