import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
net = nn.Conv2d(3, 1, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
masks = torch.rand(2, 1, 6, 6).round()
masks[:, :, 0] = 255
known = (masks != 255).float()
for _ in range(6):
    scores = net(torch.randn(2, 3, 6, 6))
    each = F.binary_cross_entropy_with_logits(scores, masks, reduction="none")
    loss = (each * known).sum() / known.sum()
    loss = loss + F.binary_cross_entropy_with_logits(scores, masks, weight=known)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
