import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(48, 4), torch.randint(0, 3, (48,))
net = nn.Linear(4, 3)
optimizer = torch.optim.Adam(net.parameters())
for _ in range(6):
    optimizer.zero_grad()
    F.cross_entropy(F.log_softmax(net(x), dim=1), y).backward()
    optimizer.step()
