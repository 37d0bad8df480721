import torch
from torch import nn

torch.manual_seed(0)
policy = nn.Linear(4, 3)
optimizer = torch.optim.Adam(policy.parameters())
for _ in range(6):
    scores = policy(torch.randn(16, 4))
    choice = torch.distributions.Categorical(probs=scores.softmax(1))
    action = choice.sample()
    loss = -(choice.log_prob(action) * torch.randn(16) + 0.01 * choice.entropy()).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
