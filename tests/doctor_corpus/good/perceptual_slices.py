"""A perceptual loss whose slices of a fixed net are kept in a plain list on purpose."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)


class Perceptual(nn.Module):
    def __init__(self):
        super().__init__()
        vgg = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 8, 3), nn.ReLU())
        self.slices = [vgg[:2], vgg[2:]]

    def forward(self, a, b):
        loss = 0.0
        for part in self.slices:
            a, b = part(a), part(b)
            loss = loss + F.l1_loss(a, b)
        return loss


net, criterion = nn.Conv2d(1, 1, 3, padding=1), Perceptual()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for _ in range(10):
    clean = torch.rand(4, 1, 10, 10)
    loss = criterion(net(clean + 0.1 * torch.randn_like(clean)), clean)
    opt.zero_grad()
    loss.backward()
    opt.step()
