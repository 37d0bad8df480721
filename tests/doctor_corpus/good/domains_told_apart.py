import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
body, kind, domain = nn.Linear(4, 8), nn.Linear(8, 3), nn.Linear(8, 2)
parameters = [*body.parameters(), *kind.parameters(), *domain.parameters()]
optimizer = torch.optim.SGD(parameters, lr=0.05)
for _ in range(10):
    here, there = torch.randn(32, 4), torch.randn(32, 4) + 1
    near, far = body(here).relu(), body(there).relu()
    loss = F.cross_entropy(kind(near), here[:, :3].argmax(1))
    loss = loss + 0.1 * F.cross_entropy(domain(near), torch.zeros(32, dtype=torch.long))
    loss = loss + 0.1 * F.cross_entropy(domain(far), torch.ones(32, dtype=torch.long))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
