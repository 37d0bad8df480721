import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, tags = torch.randn(4, 9, 5), torch.randint(0, 3, (4, 9))
head = nn.Linear(5, 3)
optimizer = torch.optim.Adam(head.parameters())
for _ in range(4):
    log_p = head(x).log_softmax(-1)
    loss = F.nll_loss(log_p.view(4, 3, 9), tags)  # expect LL105
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
