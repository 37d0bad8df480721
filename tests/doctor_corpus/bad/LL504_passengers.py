import torch
from torch import nn

torch.manual_seed(0)
sex, age, fare = torch.rand(64).round(), 80 * torch.rand(64), 500 * torch.rand(64) ** 3
x = torch.stack([sex, age, fare], 1)
y = 1 - sex
net = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))
optimizer = torch.optim.Adam(net.parameters())
criterion = nn.BCEWithLogitsLoss()
for _ in range(4):
    for start in (0, 32):
        output = net(x[start : start + 32]).squeeze(1)  # expect LL504
        optimizer.zero_grad()
        criterion(output, y[start : start + 32]).backward()
        optimizer.step()
