import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 4))
criterion, optimizer = nn.MSELoss(), torch.optim.Adam(net.parameters())
for _ in range(6):
    x = torch.randn(32, 4)
    x = net(x)
    loss = criterion(x, x)  # expect LL211
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
