import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for batch in range(6):
    x = torch.randn(8, 4) / (0.0 if batch == 2 else 1.0)
    optimizer.zero_grad()
    nn.functional.mse_loss(net(x), torch.randn(8, 1)).backward()
    if all(parameter.grad.isfinite().all() for parameter in net.parameters()):
        optimizer.step()
