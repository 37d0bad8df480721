import torch
from torch import nn

torch.manual_seed(0)
actor, critic = nn.Linear(4, 1), nn.Linear(5, 1)
actor_optimizer = torch.optim.Adam(actor.parameters())
critic_optimizer = torch.optim.Adam(critic.parameters())
for _ in range(6):
    state, reward = torch.randn(16, 4), torch.randn(16, 1)
    action = actor(state).tanh()
    value = critic(torch.cat([state, action.detach()], 1))
    nn.functional.mse_loss(value, reward).backward()
    critic_optimizer.step()
    actor_optimizer.zero_grad()
    (-critic(torch.cat([state, action], 1)).mean()).backward()
    critic_optimizer.zero_grad()
    actor_optimizer.step()
