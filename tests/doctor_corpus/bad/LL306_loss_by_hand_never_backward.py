import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 1)
optimizer = torch.optim.AdamW(net.parameters())
for _ in range(5):
    optimizer.zero_grad()
    x = torch.randn(8, 4)
    loss = (net(x).squeeze(1) - x.sum(1)).abs().mean()
    shown = loss.item()
    optimizer.step()  # expect LL306
