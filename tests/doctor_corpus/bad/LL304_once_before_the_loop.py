import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Conv1d(2, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(24, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.001, momentum=0.9)
optimizer.zero_grad()
for _ in range(8):
    score = net(torch.randn(4, 2, 8)).squeeze(1)
    nn.functional.binary_cross_entropy_with_logits(score, torch.rand(4).round()).backward()
    optimizer.step()  # expect LL304
