"""Three parameter groups, OneCycle per batch, then ReduceLROnPlateau stepped before the epoch."""

import torch
from torch import nn
from torch.optim.lr_scheduler import OneCycleLR, ReduceLROnPlateau

torch.manual_seed(0)
x, w = torch.randn(100, 6), torch.randn(6, 2)
y = x @ w
body, head = nn.Sequential(nn.LazyLinear(16), nn.PReLU()), nn.LazyLinear(2)
net = nn.Sequential(body, head)
net(x[:1])
decay = [p for n, p in net.named_parameters() if p.ndim > 1]
rest = [p for n, p in net.named_parameters() if p.ndim <= 1]
opt = torch.optim.AdamW(
    [{"params": decay, "weight_decay": 0.1}, {"params": rest, "weight_decay": 0.0}]
)
batches = list(zip(x.split(20), y.split(20), strict=False))
cycle = OneCycleLR(opt, max_lr=[0.02, 0.01], epochs=4, steps_per_epoch=len(batches))
criterion = nn.SmoothL1Loss()
for _epoch in range(4):
    for a, b in batches:
        opt.zero_grad()
        loss = criterion(net(a), b)
        loss.backward()
        opt.step()
        cycle.step()
sgd = torch.optim.SGD(net.parameters(), lr=0.05)
plateau = ReduceLROnPlateau(sgd, patience=0, factor=0.5)
for _epoch in range(6):
    with torch.no_grad():
        plateau.step(criterion(net(x), y))
    for a, b in batches:
        sgd.zero_grad()
        loss = criterion(net(a), b)
        loss.backward()
        sgd.step()
figures = (loss.item(), sgd.param_groups[0]["lr"])
