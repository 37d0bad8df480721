import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
maker, critic = nn.Linear(4, 2), nn.Linear(2, 1)
with torch.no_grad():
    critic.weight.fill_(20.0)
    maker.bias.fill_(-8.0)
of_maker = torch.optim.SGD(maker.parameters(), lr=1e-4)
of_critic = torch.optim.SGD(critic.parameters(), lr=1e-3)
for _ in range(40):
    real, made = torch.rand(32, 2) + 5, maker(torch.rand(32, 4))
    # The hinge loss of the critic is zero as long as both margins are kept.
    kept = F.relu(1 - critic(real)).mean() + F.relu(1 + critic(made.detach())).mean()
    of_critic.zero_grad()
    kept.backward()
    of_critic.step()
    of_maker.zero_grad()
    (-critic(made)).mean().backward()
    of_maker.step()
