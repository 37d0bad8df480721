import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.rand(32, 4), torch.rand(32).round()
net = nn.Linear(4, 1)
nn.init.constant_(net.weight, 0.1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.001)
for _ in range(3):
    score = F.relu(net(x)).squeeze(-1)
    loss = F.binary_cross_entropy(score, y)  # expect LL204
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
