import torch
from torch import nn


class CenterLoss(nn.Module):
    def __init__(self, classes, width):
        super().__init__()
        self.centers = nn.Parameter(torch.randn(classes, width))

    def forward(self, features, labels):
        return (features - self.centers[labels]).pow(2).sum(1).mean()


class Trainer:
    def __init__(self):
        self.net = nn.Linear(4, 2)
        self.criterion = CenterLoss(3, 2)
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=0.1)  # expect LL302

    def fit(self, x, y):
        for _ in range(5):
            self.optimizer.zero_grad()
            self.criterion(self.net(x), y).backward()
            self.optimizer.step()


torch.manual_seed(0)
Trainer().fit(torch.randn(30, 4), torch.randint(0, 3, (30,)))
