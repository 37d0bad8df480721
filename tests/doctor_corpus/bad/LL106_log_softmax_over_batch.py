import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(32, 4), torch.randint(0, 3, (32,))
net = nn.Sequential(nn.Linear(4, 3), nn.LogSoftmax(dim=0))
criterion, optimizer = nn.NLLLoss(), torch.optim.Adam(net.parameters())
for _ in range(4):
    optimizer.zero_grad()
    loss = criterion(net(x), y)  # expect LL106
    loss.backward()
    optimizer.step()
