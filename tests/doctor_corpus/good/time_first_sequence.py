import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
head, query = nn.Linear(5, 4), nn.Linear(5, 1)
optimizer = torch.optim.Adam([*head.parameters(), *query.parameters()])
for _ in range(6):
    steps = torch.randn(9, 6, 5)
    attention = query(steps).softmax(0)
    log_p = F.log_softmax(head(steps), dim=2)
    loss = F.nll_loss(log_p.view(-1, 4), torch.randint(0, 4, (54,)))
    pooled = head((attention * steps).sum(0)).log_softmax(1)
    loss = loss + F.nll_loss(pooled, torch.randint(0, 4, (6,)))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
