"""Evidential classification: Dirichlet evidence, expected squared error, KL annealed in."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
K = 3
x = torch.randn(120, 4)
y = (x @ torch.randn(4, K)).argmax(1)
net = nn.Sequential(nn.Linear(4, 24), nn.ReLU(), nn.Linear(24, K), nn.Softplus())
opt = torch.optim.Adam(net.parameters(), lr=1e-2)


def kl_to_uniform(alpha):
    total = alpha.sum(1, keepdim=True)
    log_norm = (
        torch.lgamma(total).squeeze(1)
        - torch.lgamma(alpha).sum(1)
        - torch.lgamma(torch.tensor(float(K)))
    )
    return log_norm + ((alpha - 1) * (alpha.digamma() - total.digamma())).sum(1)


for epoch in range(60):
    alpha = net(x) + 1
    strength = alpha.sum(1, keepdim=True)
    mean = alpha / strength
    target = F.one_hot(y, K).float()
    error = ((target - mean) ** 2 + mean * (1 - mean) / (strength + 1)).sum(1)
    wrong = target + (1 - target) * alpha
    loss = (error + min(1.0, epoch / 30) * kl_to_uniform(wrong)).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
with torch.no_grad():
    alpha = net(x) + 1
    unsure = K / alpha.sum(1)
    hits = alpha.argmax(1).eq(y)
