import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
policy = nn.Linear(4, 3)
optimizer = torch.optim.Adam(policy.parameters())
for _ in range(6):
    scores = policy(torch.randn(16, 4))
    action = torch.distributions.Categorical(logits=scores).sample()
    loss = F.cross_entropy(scores, F.one_hot(action, 3) * (torch.randn(16, 1) - 1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
