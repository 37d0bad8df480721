import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
tokens, head = torch.randint(0, 6, (3, 8)), nn.Linear(4, 6)
optimizer = torch.optim.Adam(head.parameters())
for _ in range(3):
    p = head(torch.randn(3, 8, 4)).softmax(1)
    loss = F.cross_entropy(p.reshape(24, 6), tokens.flatten())
    loss = loss + F.cross_entropy(p.transpose(1, 2), tokens)  # expect LL106
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
