import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
head = nn.Linear(5, 4)
optimizer = torch.optim.Adam(head.parameters())
for _ in range(6):
    scores = head(torch.randn(4, 9, 5))
    ends = torch.tensor([3, 8, 5, 2])
    last = scores[torch.arange(4), ends]
    loss = F.cross_entropy(last, torch.tensor([0, 1, 2, 3]))
    loss = loss + F.cross_entropy(scores[:, :, [3, 2, 1, 0]].mT, torch.randint(0, 4, (4, 9)))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
