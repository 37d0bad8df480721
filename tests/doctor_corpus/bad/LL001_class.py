import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 8)
        self.second = nn.Linear(10, 1)

    def forward(self, x):
        hidden = torch.relu(self.first(x))
        return self.second(hidden)  # expect LL001


Net()(torch.randn(6, 4))
