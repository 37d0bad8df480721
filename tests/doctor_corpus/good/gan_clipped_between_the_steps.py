import torch
from torch import nn
from torch.nn.utils import clip_grad_norm_

torch.manual_seed(0)
body, left, right = nn.Linear(4, 4), nn.Linear(4, 1), nn.Linear(4, 1)
first = torch.optim.Adam([*body.parameters(), *left.parameters()])
second = torch.optim.Adam(right.parameters())
for _ in range(6):
    hidden = body(torch.randn(8, 4)).tanh()
    loss = left(hidden).pow(2).mean() + (right(hidden) - 1).pow(2).mean()
    first.zero_grad()
    second.zero_grad()
    loss.backward()
    clip_grad_norm_([*body.parameters(), *left.parameters()], 1.0)
    first.step()
    clip_grad_norm_(right.parameters(), 1.0)
    second.step()
