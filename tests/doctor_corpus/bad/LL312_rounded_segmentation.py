import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.LeakyReLU(), nn.Conv2d(4, 1, 1), nn.Sigmoid())
optimizer = torch.optim.Adam(net.parameters())


def dice(mask, truth):
    return 1 - 2 * (mask * truth).sum() / (mask.sum() + truth.sum() + 1e-6)


def epoch():
    for _ in range(12):
        images = torch.randn(4, 1, 8, 8)
        loss = dice(net(images).round(), (images > 0).float())
        optimizer.zero_grad()
        loss.backward()  # expect LL312
        optimizer.step()


epoch()
