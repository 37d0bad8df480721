import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
net = nn.Linear(8, 4)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(8):
    x = torch.randn(16, 8)
    one, two = F.normalize(net(x), dim=1), F.normalize(net(x + 0.1 * torch.randn(16, 8)), dim=1)
    others = F.normalize(net(torch.randn(40, 8)), dim=1).detach()
    scores = torch.cat([(one * two).sum(1, keepdim=True), one @ others.T], 1) / 0.1
    optimizer.zero_grad()
    F.cross_entropy(scores, torch.zeros(16, dtype=torch.long)).backward()
    optimizer.step()
