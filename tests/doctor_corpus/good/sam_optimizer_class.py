"""Sharpness-aware minimisation as an optimizer that wraps another one."""

import torch
import torch.nn.functional as F
from torch import nn


class SAM(torch.optim.Optimizer):
    def __init__(self, params, base, rho=0.05, **kwargs):
        super().__init__(params, {"rho": rho, **kwargs})
        self.base = base(self.param_groups, **kwargs)
        self.param_groups = self.base.param_groups
        self.all = [p for group in self.param_groups for p in group["params"]]

    @torch.no_grad()
    def first_step(self):
        norm = torch.nn.utils.get_total_norm([p.grad for p in self.all])
        for p in self.all:
            self.state[p]["old"] = p.clone()
            p.add_(p.grad * self.param_groups[0]["rho"] / (norm + 1e-12))
        self.zero_grad()

    @torch.no_grad()
    def second_step(self):
        for p in self.all:
            p.copy_(self.state[p]["old"])
        self.base.step()
        self.zero_grad()


torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 2))
x, y = torch.randn(64, 3), torch.arange(64) % 2
opt = SAM(net.parameters(), torch.optim.SGD, lr=0.1, momentum=0.9)
for _ in range(30):
    F.cross_entropy(net(x), y).backward()
    opt.first_step()
    F.cross_entropy(net(x), y).backward()
    opt.second_step()
