import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
a, b, quality = torch.randn(32, 4), torch.randn(32, 4), nn.Linear(4, 1)
better = (a[:, 0] > b[:, 0]).float()
optimizer = torch.optim.SGD(quality.parameters(), lr=0.1)
for _ in range(4):
    one, two = quality(a).squeeze(1), quality(b).squeeze(1)
    loss = F.margin_ranking_loss(one, two, better, margin=0.5)  # expect LL107
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
