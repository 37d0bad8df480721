import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(48, 4), torch.randint(0, 3, (48,))
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3), nn.Softmax(dim=1))
optimizer = torch.optim.Adam(net.parameters())
criterion = nn.CrossEntropyLoss()
for _ in range(4):
    optimizer.zero_grad()
    loss = criterion(net(x), y)  # expect LL201
    loss.backward()
    optimizer.step()
