import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
net = nn.Conv2d(1, 2, 3, padding=1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    images = torch.rand(4, 1, 6, 6)
    masks = (images[:, 0] * 0.9).long()
    optimizer.zero_grad()
    F.cross_entropy(net(images), masks).backward()  # expect LL503
    optimizer.step()
