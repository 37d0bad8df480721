import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(40, 4), torch.randint(0, 2, (40,)).float()
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
optimizer = torch.optim.Adam(net.parameters())
criterion = nn.BCEWithLogitsLoss()
for _ in range(6):
    optimizer.zero_grad()
    criterion(net(x).squeeze(1), y).backward()
    optimizer.step()
with torch.no_grad():
    predicted = (net(x).squeeze(1) > 0.5).float()  # expect LL402
    accuracy = (predicted == y).float().mean()
