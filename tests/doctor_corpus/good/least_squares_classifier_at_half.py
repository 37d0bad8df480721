import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(40, 4), torch.randint(0, 2, (40,)).float()
net = nn.Linear(4, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(6):
    output = net(x).squeeze(1)
    optimizer.zero_grad()
    nn.functional.mse_loss(output, y).backward()
    optimizer.step()
    accuracy = ((output > 0.5).float() == y).float().mean()
