import torch
import torch.nn.functional as F
from torch import nn


def dice(score, mask):
    guess = (score.sigmoid() > 0.5).float()
    return 1 - 2 * (guess * mask).sum() / (guess.sum() + mask.sum() + 1)


torch.manual_seed(0)
net = nn.Conv2d(1, 1, 3, padding=1)
optimizer = torch.optim.Adam(net.parameters())
optimizer.zero_grad()
image = torch.randn(2, 1, 6, 6)
loss = dice(net(F.relu(image)), torch.rand(2, 1, 6, 6).round())
loss.backward()  # expect LL309
