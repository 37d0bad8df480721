import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(6, 4)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(10):
    x = torch.randn(64, 6)
    label = 1 + x[:, :3].argmax(1)
    optimizer.zero_grad()
    loss = criterion(net(x), label)  # expect LL503
    loss.backward()
    optimizer.step()
