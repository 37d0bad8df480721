import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=50.0)
x = torch.randn(32, 4)
for _ in range(60):
    optimizer.zero_grad()
    nn.MSELoss()(net(x), x.sum(1, keepdim=True)).backward()  # expect LL313
    optimizer.step()
