import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
net = nn.Conv2d(1, 1, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(6):
    image, mask = torch.randn(2, 1, 5, 5), torch.rand(2, 1, 5, 5).round()
    border = (mask > 1).float()
    loss = F.binary_cross_entropy_with_logits(net(image), mask, weight=border)  # expect LL211
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
