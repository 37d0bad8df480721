"""Lookahead around Adam, as a wrapper that is an optimizer too; a warm-up schedule on it."""

import torch
import torch.nn.functional as F
from torch import nn


class Lookahead(torch.optim.Optimizer):
    def __init__(self, base, k=5, alpha=0.5):
        self.base, self.k, self.alpha, self.count = base, k, alpha, 0
        super().__init__(base.param_groups, {})
        self.param_groups = base.param_groups
        self.slow = [p.detach().clone() for g in self.param_groups for p in g["params"]]

    def zero_grad(self, set_to_none=True):
        self.base.zero_grad(set_to_none)

    def step(self, closure=None):
        loss = self.base.step(closure)
        self.count += 1
        if self.count % self.k == 0:
            fast = [p for g in self.param_groups for p in g["params"]]
            with torch.no_grad():
                for s, f in zip(self.slow, fast, strict=False):
                    s.lerp_(f, self.alpha)
                    f.copy_(s)
        return loss


torch.manual_seed(0)
net = nn.Linear(4, 1)
x = torch.randn(50, 4)
y = x @ torch.tensor([1.0, -2.0, 0.5, 0.0])
opt = Lookahead(torch.optim.Adam(net.parameters(), lr=0.05))
for _ in range(60):
    opt.zero_grad()
    loss = F.huber_loss(net(x).squeeze(-1), y)
    loss.backward()
    opt.step()
