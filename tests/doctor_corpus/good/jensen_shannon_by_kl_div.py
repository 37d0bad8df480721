import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
one, two = nn.Linear(4, 3), nn.Linear(4, 3)
optimizer = torch.optim.Adam([*one.parameters(), *two.parameters()])
for _ in range(6):
    x = torch.randn(32, 4)
    p, q = one(x).softmax(1), two(x).softmax(1)
    middle = ((p + q) / 2).clamp(min=1e-7).log()
    loss = F.kl_div(middle, p, reduction="batchmean") + F.kl_div(middle, q, reduction="batchmean")
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
