import torch
from torch import nn

torch.manual_seed(0)
policy = nn.Linear(4, 3)
optimizer = torch.optim.Adam(policy.parameters())
for _ in range(6):
    choice = torch.distributions.Categorical(logits=policy(torch.randn(16, 4)))
    action = choice.sample()
    loss = -(choice.log_prob(action) * torch.randn(16)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
