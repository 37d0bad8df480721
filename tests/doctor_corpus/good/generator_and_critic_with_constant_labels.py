import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
maker, critic = nn.Linear(4, 2), nn.Sequential(nn.Linear(2, 8), nn.LeakyReLU(), nn.Linear(8, 1))
of_maker = torch.optim.Adam(maker.parameters())
of_critic = torch.optim.Adam(critic.parameters())
ones = torch.ones(32, 1)
for _ in range(8):
    made = maker(torch.randn(32, 4))
    # What is made is judged by hand, the rest by PyTorch.
    of_critic.zero_grad()
    F.binary_cross_entropy_with_logits(critic(torch.randn(32, 2) + 3), ones).backward()
    F.softplus(critic(made.detach())).mean().backward()
    of_critic.step()
    of_maker.zero_grad()
    F.binary_cross_entropy_with_logits(critic(made), ones).backward()
    of_maker.step()
