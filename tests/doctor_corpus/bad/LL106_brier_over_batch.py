import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(30, 4), torch.randint(0, 3, (30,))
net = nn.Linear(4, 3)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)


def closure():
    optimizer.zero_grad()
    loss = F.mse_loss(F.softmax(net(x), dim=0), F.one_hot(y, 3).float())  # expect LL106
    loss.backward()
    return loss


for _ in range(4):
    optimizer.step(closure)
