import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(32, 4), torch.rand(32).round()
net = nn.Sequential(nn.Linear(4, 1), nn.Softmax(dim=1))
optimizer = torch.optim.Adam(net.parameters())
for _ in range(6):
    loss = nn.functional.binary_cross_entropy(net(x).squeeze(1), y)  # expect LL207
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
