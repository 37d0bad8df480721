import torch
import torch.nn.functional as F
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(4, 1)
        self.pos_weight = torch.tensor([1.0, 9.0])

    def loss(self, x, y):
        given = {"pos_weight": self.pos_weight}
        return F.binary_cross_entropy_with_logits(self.head(x), y, **given)  # expect LL110


torch.manual_seed(0)
Model().loss(torch.randn(16, 4), torch.rand(16, 1).round()).backward()
