"""Bags of words with sparse gradients under SparseAdam, the head under Adam."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)


class Bags(nn.Module):
    def __init__(self):
        super().__init__()
        self.bag = nn.EmbeddingBag(50, 12, mode="mean", sparse=True)
        self.head = nn.Linear(12, 4)

    def forward(self, words, offsets):
        return self.head(self.bag(words, offsets))


net = Bags()
sparse = torch.optim.SparseAdam(list(net.bag.parameters()), lr=1e-2)
dense = torch.optim.Adam(net.head.parameters(), lr=1e-2)
for _step in range(40):
    lengths = torch.randint(1, 8, (16,))
    offsets = torch.cat([torch.zeros(1, dtype=torch.long), lengths.cumsum(0)[:-1]])
    words = torch.randint(0, 50, (int(lengths.sum()),))
    labels = words[offsets] % 4
    scores = net(words, offsets)
    loss = F.cross_entropy(scores, labels)
    for opt in (sparse, dense):
        opt.zero_grad()
    loss.backward()
    for opt in (sparse, dense):
        opt.step()
with torch.no_grad():
    top2 = net(words, offsets).topk(2, dim=1).indices
    recall = (top2 == labels.unsqueeze(1)).any(1).float().mean()
figures = (loss.item(), recall.item())
