import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Evaluator:
    def __init__(self, model):
        self.model, self.total = model, 0.0

    def loss(self, loader):
        self.model.eval()
        with torch.no_grad():
            for x, y in loader:
                self.total += F.cross_entropy(self.model(x), y).item()  # expect LL406
        return self.total / len(loader)


torch.manual_seed(0)
data = TensorDataset(torch.randn(21, 4), torch.randint(0, 3, (21,)))
Evaluator(nn.Linear(4, 3)).loss(DataLoader(data, batch_size=8))
