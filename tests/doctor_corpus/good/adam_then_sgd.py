import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 1)
optimizers = [torch.optim.Adam(net.parameters()), torch.optim.SGD(net.parameters(), lr=0.01)]
for step in range(12):
    optimizer = optimizers[step // 6]
    optimizer.zero_grad()
    nn.functional.mse_loss(net(torch.randn(8, 4)), torch.randn(8, 1)).backward()
    optimizer.step()
