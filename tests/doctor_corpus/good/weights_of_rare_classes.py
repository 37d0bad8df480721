import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(200, 4), (torch.rand(200) > 0.85).long()
counts = torch.bincount(y).float()
net = nn.Linear(4, 2)
optimizer = torch.optim.Adam(net.parameters())
for _ in range(6):
    scores = net(x)
    loss = F.cross_entropy(scores, y, weight=counts.sum() / (2 * counts))
    margin = scores[:, 1] - scores[:, 0]
    rare = counts[0] / counts[1]
    loss = loss + F.binary_cross_entropy_with_logits(margin, y.float(), pos_weight=rare)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
