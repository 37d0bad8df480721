import torch
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(3, 1)

    def forward(self, x):
        return torch.sigmoid(self.head(x))

    def accuracy(self, x, y):
        return self(x).round().eq(y).float().mean()  # expect LL403


Model().accuracy(torch.randn(10, 3), torch.ones(10))
