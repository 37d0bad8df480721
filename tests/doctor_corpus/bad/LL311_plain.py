import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 3)
sgd = torch.optim.SGD(net.parameters(), lr=0.1)
adam = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(5):
    sgd.zero_grad()
    nn.CrossEntropyLoss()(net(torch.randn(8, 4)), torch.randint(0, 3, (8,))).backward()
    sgd.step()
    adam.step()  # expect LL311
