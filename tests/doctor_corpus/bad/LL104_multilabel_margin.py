import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, tags = torch.randn(40, 6), (torch.rand(40, 5) > 0.5).long()
net = nn.Linear(6, 5)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(4):
    loss = F.multilabel_margin_loss(net(x), tags)  # expect LL104
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
