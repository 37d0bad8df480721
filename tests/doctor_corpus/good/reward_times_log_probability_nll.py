import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
policy = nn.Linear(4, 3)
optimizer = torch.optim.Adam(policy.parameters())
for _ in range(6):
    reward = torch.randn(32, 1)
    scores = policy(torch.randn(32, 4)).log_softmax(1)
    action = scores.exp().multinomial(1).squeeze(1)
    loss = F.nll_loss(scores * reward, action)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
