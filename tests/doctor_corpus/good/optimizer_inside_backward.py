"""A small optimizer per parameter, stepped and cleared by a hook while backward runs."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
optimizers = {p: torch.optim.Adam([p], lr=1e-2) for p in net.parameters()}


def step(p):
    optimizers[p].step()
    optimizers[p].zero_grad()


for p in net.parameters():
    p.register_post_accumulate_grad_hook(step)
x = torch.randn(32, 4)
y = x.sum(1, keepdim=True)
for _ in range(20):
    loss = F.mse_loss(net(x), y)
    loss.backward()
figures = loss.item()
