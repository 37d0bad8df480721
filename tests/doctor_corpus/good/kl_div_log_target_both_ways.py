import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
one, two = nn.Linear(4, 3), nn.Linear(4, 3)
optimizer = torch.optim.Adam([*one.parameters(), *two.parameters()])
for _ in range(6):
    x = torch.randn(32, 4)
    p, q = one(x).log_softmax(1), two(x).log_softmax(1)
    there = F.kl_div(p, q, reduction="batchmean", log_target=True)
    loss = there + F.kl_div(q, p, reduction="batchmean", log_target=True)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
