import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(48, 4), torch.randint(0, 3, (48,))
net = nn.Linear(4, 3)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(6):
    probability = net(x).softmax(1)
    loss = nn.NLLLoss()(torch.log(probability + 1e-9), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
