import torch
from torch import nn

torch.manual_seed(0)
x, tags = torch.randn(48, 6), (torch.rand(48, 5) > 0.6).float()
net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 5))
optimizer = torch.optim.Adam(net.parameters())


def train(criterion):
    for start in range(0, 48, 16):
        optimizer.zero_grad()
        rows = slice(start, start + 16)
        loss = criterion(net(x[rows]), tags[rows])  # expect LL104
        loss.backward()
        optimizer.step()


train(nn.CrossEntropyLoss())
