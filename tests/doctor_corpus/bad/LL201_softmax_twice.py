import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(48, 4), torch.randint(0, 3, (48,))
net = nn.Linear(4, 3)
optimizer = torch.optim.Adam(net.parameters())
for _ in range(4):
    first = torch.softmax(net(x), -1)
    loss = F.cross_entropy(F.softmax(first, -1), y)  # expect LL201
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
