import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
score = nn.Linear(4, 2)
optimizer = torch.optim.Adam(score.parameters())
for _ in range(6):
    relevance = torch.rand(10, 2)
    given, wanted = score(torch.randn(10, 4)).log_softmax(0), relevance.softmax(0)
    loss = F.kl_div(given, wanted, reduction="sum") / 2
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
