import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(40, 4), torch.randint(0, 2, (40, 3)).float()
net = nn.Linear(4, 3)
optimizer = torch.optim.Adam(net.parameters())
for _ in range(6):
    scores = net(x)
    optimizer.zero_grad()
    F.binary_cross_entropy_with_logits(scores, y).backward()
    optimizer.step()
    with torch.no_grad():
        one = ((scores > 0).float() == y).float().mean()
        two = (torch.sigmoid(scores).round() == y).float().mean()
        three = ((torch.sigmoid(scores) > 0.5) == y).float().mean()
        surest = scores.abs() > 0.5
