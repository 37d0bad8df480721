"""A mixture density network: logsumexp over components, (N, 1) against (N, K)."""

import math

import torch
from torch import nn

torch.manual_seed(0)


class MDN(nn.Module):
    def __init__(self, k=4):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(1, 24), nn.Tanh())
        self.pi, self.mu, self.log_sigma = (nn.Linear(24, k) for _ in range(3))

    def forward(self, x):
        h = self.body(x)
        return self.pi(h).log_softmax(-1), self.mu(h), self.log_sigma(h).clamp(-5, 3)


def negative_log_likelihood(log_pi, mu, log_sigma, y):
    z = (y - mu) / log_sigma.exp()
    log_n = -0.5 * z**2 - log_sigma - 0.5 * math.log(2 * math.pi)
    return -torch.logsumexp(log_pi + log_n, dim=1).mean()


net = MDN()
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
t = torch.rand(128, 1)
x = t + 0.3 * torch.sin(6 * t) + 0.05 * torch.randn(128, 1)
for _step in range(120):
    loss = negative_log_likelihood(*net(x), t)
    opt.zero_grad()
    loss.backward()
    opt.step()
log_pi, mu, _ = net(x)
best = mu.gather(1, log_pi.argmax(1, keepdim=True))
figures = (loss.item(), (best - t).abs().mean().item())
