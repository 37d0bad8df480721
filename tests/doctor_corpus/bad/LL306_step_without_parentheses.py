import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 3)
optimizer = torch.optim.Adam(net.parameters())
criterion = nn.CrossEntropyLoss()
for _ in range(6):
    optimizer.zero_grad()
    loss = criterion(net(torch.randn(8, 4)), torch.randint(0, 3, (8,)))
    loss.backward()  # expect LL306
    optimizer.step  # noqa: B018
