"""Noam's schedule begins at step 1, as step 0 has rate zero: it is stepped first."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.optim.lr_scheduler import LRScheduler


class Noam(LRScheduler):
    def __init__(self, optimizer, width=16, warmup=10):
        self.width, self.warmup = width, warmup
        super().__init__(optimizer)

    def get_lr(self):
        step = max(self.last_epoch, 1e-9)
        factor = self.width**-0.5 * min(step**-0.5, step * self.warmup**-1.5)
        return [base * factor for base in self.base_lrs]


torch.manual_seed(0)
net = nn.Linear(4, 3)
opt = torch.optim.Adam(net.parameters(), lr=1.0)
sched = Noam(opt)
for _ in range(30):
    x = torch.randn(16, 4)
    sched.step()
    opt.zero_grad()
    F.cross_entropy(net(x), x[:, :3].argmax(1)).backward()
    opt.step()
