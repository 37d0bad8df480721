import torch
from torch import nn

torch.manual_seed(0)
x, labels = torch.randn(32, 4), torch.randint(0, 3, (32, 1))
net = nn.Linear(4, 1)
optimizer = torch.optim.Adam(net.parameters())
for _ in range(3):
    loss = nn.MSELoss()(net(x), labels)  # expect LL102
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
