import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
images, masks = torch.randn(4, 3, 8, 8), (torch.rand(4, 8, 8) > 0.85).long()
weight = torch.bincount(masks.flatten()) / masks.numel()
net = nn.Conv2d(3, 2, 3, padding=1)
optimizer = torch.optim.Adam(net.parameters())


def closure():
    optimizer.zero_grad()
    loss = F.cross_entropy(net(images), masks, weight=weight)  # expect LL110
    loss.backward()
    return loss


for _ in range(4):
    optimizer.step(closure)
