import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(32, 4), torch.randint(0, 3, (32,))
net = nn.Linear(4, 3)
optimizer = torch.optim.Adam(net.parameters(), lr=0.5)
for _ in range(8):
    target = F.one_hot(y, 3) * 1.6 - 0.2
    loss = F.cross_entropy(net(x), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
