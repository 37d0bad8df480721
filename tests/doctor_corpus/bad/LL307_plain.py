import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 3)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    optimizer.zero_grad()
    nn.CrossEntropyLoss()(net(torch.randn(8, 4)), torch.randint(0, 3, (8,))).backward()
    optimizer.step()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)  # expect LL307
