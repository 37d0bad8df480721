"""PCGrad: one backward per task, gradients projected and set by hand before the step."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
body, a, b = nn.Linear(6, 8), nn.Linear(8, 1), nn.Linear(8, 3)
net = nn.ModuleList([body, a, b])
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
x = torch.randn(40, 6)
ya, yb = x.sum(1, keepdim=True), x[:, :3].argmax(1)
for _ in range(15):
    h = body(x).relu()
    flat = []
    for loss in (F.mse_loss(a(h), ya), F.cross_entropy(b(h), yb)):
        opt.zero_grad()
        loss.backward(retain_graph=True)
        flat.append(
            torch.cat(
                [
                    torch.zeros_like(p).flatten() if p.grad is None else p.grad.flatten()
                    for p in net.parameters()
                ]
            )
        )
    one, two = flat
    dot = one @ two
    if dot < 0:
        one, two = one - dot / two.dot(two) * two, two - dot / one.dot(one) * one
    total, at = one + two, 0
    opt.zero_grad()
    for p in net.parameters():
        p.grad = total[at : at + p.numel()].view_as(p).clone()
        at += p.numel()
    opt.step()
