import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(32, 4), torch.randn(32, 1)
net = nn.Linear(4, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.001)
for _ in range(6):
    loss = nn.functional.mse_loss(net(x), y)
    loss.backward()
    optimizer.step()  # expect LL304
