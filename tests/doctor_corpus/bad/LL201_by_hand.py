import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(48, 4), torch.randint(0, 3, (48,))
net = nn.Linear(4, 3)
optimizer = torch.optim.Adam(net.parameters())
for _ in range(4):
    grown = net(x).exp()
    probabilities = grown / grown.sum(1, keepdim=True)
    loss = nn.CrossEntropyLoss()(probabilities, y)  # expect LL201
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
