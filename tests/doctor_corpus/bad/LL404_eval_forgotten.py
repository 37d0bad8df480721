import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(60, 4), torch.randint(0, 3, (60,))
net = nn.Sequential(nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.Adam(net.parameters())
criterion = nn.CrossEntropyLoss()
for _ in range(5):
    for start in range(0, 40, 20):
        optimizer.zero_grad()
        criterion(net(x[start : start + 20]), y[start : start + 20]).backward()
        optimizer.step()
    with torch.no_grad():
        scores = net(x[40:])  # expect LL404
        accuracy = (scores.argmax(1) == y[40:]).float().mean().item()
