import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(6, 1, 8, 8), torch.randint(0, 2, (6, 8, 8))
net = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 2, 1))
optimizer = torch.optim.Adam(net.parameters())


def make_accuracy(images, masks):
    def accuracy():
        net.eval()
        found = net(images).argmax(1)  # expect LL407
        net.train()
        return (found == masks).float().mean()

    return accuracy


accuracy = make_accuracy(x[4:], y[4:])
for _ in range(4):
    optimizer.zero_grad()
    F.cross_entropy(net(x[:4]), y[:4]).backward()
    optimizer.step()
    accuracy()
