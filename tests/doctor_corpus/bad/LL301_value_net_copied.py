import copy

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
q = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
opt = torch.optim.Adam(q.parameters(), lr=1e-3)  # expect LL301
q = copy.deepcopy(q)
target = copy.deepcopy(q)
for _ in range(6):
    s, n = torch.randn(32, 4), torch.randn(32, 4)
    a, r = torch.randint(0, 2, (32, 1)), torch.randn(32)
    now = q(s).gather(1, a)
    with torch.no_grad():
        goal = r + 0.9 * target(n).max(1)[0]
    loss = F.smooth_l1_loss(now, goal)  # expect LL101
    opt.zero_grad()
    loss.backward()
    opt.step()
