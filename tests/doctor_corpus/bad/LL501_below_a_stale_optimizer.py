import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(40, 4)
y = (x.sum(1, keepdim=True) < 0).float()
net = nn.Linear(4, 1)
optimizer = torch.optim.Adam(net.parameters())  # expect LL301
net = nn.Linear(4, 1)
with torch.no_grad():
    net.weight.fill_(1.0)
for _ in range(66):
    loss = F.binary_cross_entropy_with_logits(net(x), y)  # expect LL501
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
