import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(12, 5, 4), torch.randint(0, 2, (12,)).float()
seen = torch.rand(12, 5) > 0.3
score, head = nn.Linear(4, 1), nn.Linear(4, 1)
optimizer = torch.optim.Adam([*score.parameters(), *head.parameters()])
for _ in range(5):
    attention = score(x).squeeze(2).masked_fill(~seen, -1e9).softmax(1)
    used = attention > 0
    agreement = (used == seen).float().mean()
    logit = head((attention.unsqueeze(2) * x).sum(1)).squeeze(1)
    optimizer.zero_grad()
    F.binary_cross_entropy_with_logits(logit, y).backward()
    optimizer.step()
