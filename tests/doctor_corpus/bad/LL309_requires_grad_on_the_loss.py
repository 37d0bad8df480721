import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 3)
optimizer = torch.optim.Adam(net.parameters())
for _ in range(4):
    x, y = torch.randn(16, 4), torch.randint(0, 3, (16,))
    guess = net(x).argmax(1).float()
    loss = ((guess - y) ** 2).mean().requires_grad_()
    optimizer.zero_grad()
    loss.backward()  # expect LL309
    optimizer.step()
