import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(32, 4), torch.rand(32).round()
net = nn.Linear(4, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(3):
    probability = torch.sigmoid(net(x)).squeeze(1)
    loss = F.binary_cross_entropy_with_logits(probability, y)  # expect LL203
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
