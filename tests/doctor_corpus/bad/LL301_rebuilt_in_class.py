import torch
from torch import nn


class Trainer:
    def __init__(self):
        self.build()
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=0.1)  # expect LL301

    def build(self):
        self.net = nn.Linear(3, 1)

    def fit(self, x, y):
        self.build()
        for _ in range(3):
            self.optimizer.zero_grad()
            loss = (self.net(x).squeeze(1) - y).abs().mean()
            loss.backward()
            self.optimizer.step()


Trainer().fit(torch.randn(16, 3), torch.randn(16))
