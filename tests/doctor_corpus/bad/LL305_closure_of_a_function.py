import torch
import torch.nn.functional as F
from torch import nn


def make_step(net, optimizer):
    def step(image, mask):
        F.binary_cross_entropy_with_logits(net(image), mask).backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.zero_grad()  # expect LL305
        optimizer.step()

    return step


torch.manual_seed(0)
net = nn.Conv2d(2, 1, 3, padding=1)
step = make_step(net, torch.optim.AdamW(net.parameters(), weight_decay=0.1))
for _ in range(4):
    step(torch.randn(2, 2, 6, 6), torch.rand(2, 1, 6, 6).round())
