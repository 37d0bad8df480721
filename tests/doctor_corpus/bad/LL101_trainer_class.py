import torch
from torch import nn


class Trainer:
    def __init__(self):
        self.model = nn.Linear(3, 1)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.01)

    def loss(self, x, y):
        error = self.model(x) - y  # expect LL101
        return error.pow(2).mean()

    def fit(self, x, y):
        for _ in range(5):
            loss = self.loss(x, y)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()


Trainer().fit(torch.randn(20, 3), torch.randn(20))
