"""A stable softmax by hand: the largest value is subtracted, also where there is one column."""

import torch
from torch import nn


def probabilities(scores):
    shifted = (scores - scores.max(dim=-1, keepdim=True).values).exp()
    return shifted / shifted.sum(-1, keepdim=True)


def largest(parts):
    return torch.max(parts, -1)[0]


torch.manual_seed(0)
net = nn.Linear(4, 1)
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for _ in range(10):
    x = torch.randn(16, 4)
    score = largest(net(x))
    loss = nn.functional.binary_cross_entropy_with_logits(score, (x[:, 0] > 0).float())
    opt.zero_grad()
    loss.backward()
    opt.step()
