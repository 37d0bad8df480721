import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(64, 4), torch.rand(64).round()
net = nn.Linear(4, 1)
optimizer = torch.optim.Adam(net.parameters())
for _ in range(6):
    score = net(x).squeeze(1)
    cost = F.binary_cross_entropy_with_logits(score, y, reduction="none")
    loss = ((1 - torch.exp(-cost)) ** 2 * cost).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
