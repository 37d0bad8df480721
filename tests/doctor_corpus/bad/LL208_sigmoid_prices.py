import torch
from torch import nn

torch.manual_seed(0)
x, price = torch.randn(64, 4), 200 + 50 * torch.randn(64, 1)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1), nn.Sigmoid())
criterion, optimizer = nn.MSELoss(), torch.optim.Adam(net.parameters())
for _ in range(4):
    loss = criterion(net(x), price)  # expect LL208
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
