import torch
from torch import nn

torch.manual_seed(0)
net, criterion = nn.Conv2d(1, 3, 3, padding=1), nn.NLLLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)


def train(images, masks):
    loss = criterion(net(images), masks)  # expect LL202
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


for _ in range(3):
    train(torch.randn(2, 1, 5, 5), torch.randint(0, 3, (2, 5, 5)))
