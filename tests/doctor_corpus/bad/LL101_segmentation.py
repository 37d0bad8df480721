import torch
from torch import nn

torch.manual_seed(0)
images, masks = torch.randn(4, 3, 8, 8), torch.rand(4, 8, 8).round()
net = nn.Conv2d(3, 1, 3, padding=1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)


def closure():
    optimizer.zero_grad()
    probability = net(images).sigmoid()
    overlap = (probability - masks).abs()  # expect LL101
    loss = overlap.mean()
    loss.backward()
    return loss


for _ in range(3):
    optimizer.step(closure)
