import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(24, 4)
lists = torch.tensor([[0, 1, -1, -1], [1, -1, -1, -1], [3, 0, 1, -1]]).repeat(8, 1)
net = nn.Linear(4, 4)
optimizer = torch.optim.Adam(net.parameters())
for _ in range(6):
    loss = F.multilabel_margin_loss(net(x), lists)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
