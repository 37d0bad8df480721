import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
optimizer.zero_grad()
for batch in range(32):
    loss = nn.functional.mse_loss(net(torch.randn(8, 4)), torch.randn(8, 1)) / 4
    loss.backward()
    if batch % 4 == 3:
        optimizer.step()
        optimizer.zero_grad()
