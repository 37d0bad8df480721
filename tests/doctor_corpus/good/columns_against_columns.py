import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(32, 4), torch.rand(32, 1).round()
net = nn.Sequential(nn.Linear(4, 1), nn.Sigmoid())
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(6):
    probability = net(x)
    loss = nn.BCELoss()(probability, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    accuracy = ((probability > 0.5).float() == y).float().mean()
