import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
net[0].requires_grad = False  # expect LL303
optimizer = torch.optim.Adam(net.parameters())
criterion = nn.CrossEntropyLoss()
for _ in range(4):
    optimizer.zero_grad()
    criterion(net(torch.randn(16, 4)), torch.randint(0, 3, (16,))).backward()
    optimizer.step()
