import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = [nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)]
        self.mask = nn.Conv2d(4, 1, 1)

    def forward(self, image):
        for block in self.blocks:
            image = block(image).relu()
        return self.mask(image)


torch.manual_seed(0)
net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)  # expect LL302
for _ in range(5):
    optimizer.zero_grad()
    aim = torch.rand(2, 1, 6, 6).round()
    nn.BCEWithLogitsLoss()(net(torch.randn(2, 1, 6, 6)), aim).backward()
    optimizer.step()
