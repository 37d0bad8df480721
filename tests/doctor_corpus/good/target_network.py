import copy

import torch
from torch import nn

torch.manual_seed(0)
online = nn.Linear(4, 2)
target = copy.deepcopy(online)
optimizer = torch.optim.Adam(online.parameters())
for _ in range(6):
    state, following = torch.randn(16, 4), torch.randn(16, 4)
    action, reward = torch.randint(0, 2, (16, 1)), torch.randn(16)
    with torch.no_grad():
        aim = reward + 0.9 * target(following).max(1).values
    value = online(state).gather(1, action).squeeze(1)
    loss = nn.functional.smooth_l1_loss(value, aim)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    for kept, new in zip(target.parameters(), online.parameters(), strict=True):
        kept.data.mul_(0.9).add_(new.data, alpha=0.1)
