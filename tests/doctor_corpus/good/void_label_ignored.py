import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
net = nn.Conv2d(3, 4, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
masks = torch.randint(0, 4, (2, 6, 6))
masks[:, 0] = 255
for _ in range(6):
    loss = F.cross_entropy(net(torch.randn(2, 3, 6, 6)), masks, ignore_index=255)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
