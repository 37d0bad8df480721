import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
images, masks = torch.randn(4, 3, 8, 8), torch.randint(0, 2, (4, 8, 8)).float()
net = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 1, 1))
optimizer = torch.optim.Adam(net.parameters())


def dice(scores, masks):
    found = (scores >= 0.5).float()  # expect LL402
    return 2 * (found * masks).sum() / (found.sum() + masks.sum())


for _ in range(4):
    scores = net(images)[:, 0]
    loss = F.binary_cross_entropy_with_logits(scores, masks)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    dice(scores, masks)
