import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(32, 4), torch.randn(32, 1)
net = nn.Linear(4, 1)
optimizer = torch.optim.LBFGS(net.parameters(), max_iter=4)


def closure():
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(net(x), y)
    loss.backward()
    return loss


for _ in range(5):
    optimizer.step(closure)
