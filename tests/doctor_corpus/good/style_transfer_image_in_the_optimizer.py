import torch
from torch import nn

torch.manual_seed(0)
features = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3))
aim = features(torch.rand(1, 3, 8, 8)).detach()
image = torch.rand(1, 3, 8, 8, requires_grad=True)
optimizer = torch.optim.Adam([image], lr=0.05)
for _ in range(6):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(features(image), aim)
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        image.clamp_(0, 1)
