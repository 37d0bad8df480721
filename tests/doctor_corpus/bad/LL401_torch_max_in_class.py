import torch
from torch import nn


class Trainer:
    def __init__(self):
        self.model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))

    def accuracy(self, loader):
        hits = total = 0
        for x, y in loader:
            _, predicted = torch.max(self.model(x).data, 1)  # expect LL401
            hits += (predicted == y).sum().item()
            total += len(y)
        return hits / total


torch.manual_seed(0)
Trainer().accuracy([(torch.randn(8, 4), torch.randint(0, 2, (8,))) for _ in range(3)])
