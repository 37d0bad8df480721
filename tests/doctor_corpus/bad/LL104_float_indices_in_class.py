import torch
import torch.nn.functional as F
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(4, 3)

    def loss(self, x, y):
        return F.nll_loss(F.log_softmax(self.head(x), dim=1), y)  # expect LL104


torch.manual_seed(0)
Model().loss(torch.randn(16, 4), torch.randint(0, 3, (16,)).float()).backward()
