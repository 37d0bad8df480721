import torch
from torch import nn

torch.manual_seed(0)
images, masks = torch.randn(4, 3, 8, 8), 255 * torch.rand(4, 1, 8, 8).round()
net, criterion = nn.Conv2d(3, 1, 3, padding=1), nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.001)
for _ in range(4):
    optimizer.zero_grad()
    loss = criterion(net(images), masks)  # expect LL108 LL212
    loss.backward()
    optimizer.step()
