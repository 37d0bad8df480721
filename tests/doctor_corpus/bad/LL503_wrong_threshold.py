import torch
from torch import nn

torch.manual_seed(0)
ages = torch.rand(200) * 80
x = torch.stack([ages, torch.rand(200) * 80], 1) / 80
is_old = (ages / 80 > 65).float()
net = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1), nn.Sigmoid())
criterion, optimizer = nn.BCELoss(), torch.optim.Adam(net.parameters())
for start in list(range(0, 200, 25)) * 5:
    loss = criterion(net(x[start : start + 25])[:, 0], is_old[start : start + 25])  # expect LL503
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
