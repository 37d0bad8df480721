import torch
import torch.nn.functional as F
from torch import nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.head = nn.Embedding(20, 16), nn.Linear(16, 5)
        nn.init.normal_(self.head.weight, std=5.0)

    def loss(self, tokens, tags):
        scores = self.head(self.embed(tokens))
        return F.cross_entropy(scores.transpose(1, 2), tags)  # expect LL502


torch.manual_seed(0)
tagger = Tagger()
tagger.loss(torch.randint(0, 20, (8, 12)), torch.randint(0, 5, (8, 12))).backward()
