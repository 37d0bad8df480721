import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(48, 4), torch.randint(0, 3, (48,))
net = nn.Sequential(nn.Linear(4, 3), nn.LogSoftmax(dim=1))
optimizer = torch.optim.Adam(net.parameters())
for _ in range(6):
    optimizer.zero_grad()
    F.nll_loss(net(x), y).backward()
    optimizer.step()
accuracy = (net(x).argmax(1) == y).float().mean()
