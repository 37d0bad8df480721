import torch
import torch.nn.functional as F
from torch import nn


def epoch(net, optimizer, images, masks):
    total = torch.tensor(0.0)
    for image, mask in zip(images, masks, strict=True):
        optimizer.zero_grad()
        loss = F.binary_cross_entropy_with_logits(net(image), mask)
        loss.backward()
        optimizer.step()
        total += loss  # expect LL310
    return total


torch.manual_seed(0)
net = nn.Conv2d(1, 1, 3, padding=1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(2):
    epoch(net, optimizer, torch.randn(8, 2, 1, 5, 5), torch.rand(8, 2, 1, 5, 5).round())
