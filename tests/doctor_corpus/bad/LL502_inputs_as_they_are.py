import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randint(0, 256, (32, 20)).float(), torch.randint(0, 3, (32,))
net = nn.Sequential(nn.Linear(20, 16), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.SGD(net.parameters(), lr=1e-4)
criterion = nn.CrossEntropyLoss()
for _ in range(3):
    optimizer.zero_grad()
    criterion(net(x), y).backward()  # expect LL502
    optimizer.step()
