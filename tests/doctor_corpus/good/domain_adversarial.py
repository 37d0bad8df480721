"""DANN: a gradient reversal layer holds the domain loss at ln 2 on purpose."""

import torch
import torch.nn.functional as F
from torch import nn


class Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor):
        ctx.factor = factor
        return x.view_as(x)

    @staticmethod
    def backward(ctx, grad):
        return -ctx.factor * grad, None


torch.manual_seed(0)
body = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 8), nn.ReLU())
label, domain = nn.Linear(8, 2), nn.Linear(8, 1)
opt = torch.optim.SGD([*body.parameters(), *label.parameters(), *domain.parameters()], lr=0.05)
for _step in range(140):
    a, b = torch.randn(32, 4), torch.randn(32, 4)
    y = (a[:, 0] > 0).long()
    h = body(torch.cat([a, b]))
    where = torch.cat([torch.zeros(32, 1), torch.ones(32, 1)])
    class_loss = F.cross_entropy(label(h[:32]), y)
    domain_loss = F.binary_cross_entropy_with_logits(domain(Reverse.apply(h, 0.5)), where)
    loss = class_loss + domain_loss
    opt.zero_grad()
    loss.backward()
    opt.step()
figures = (class_loss.item(), domain_loss.item())
