import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(32, 4), torch.zeros(32).long()
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
criterion, optimizer = nn.CrossEntropyLoss(), torch.optim.Adam(net.parameters())
for _ in range(6):
    loss = criterion(net(x), y)  # expect LL207 LL211
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
