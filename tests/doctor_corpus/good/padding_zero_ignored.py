import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
tokens = torch.randint(1, 9, (4, 10))
tokens[:, 7:] = 0
embed, head = nn.Embedding(9, 8, padding_idx=0), nn.Linear(8, 9)
optimizer = torch.optim.Adam([*embed.parameters(), *head.parameters()])
for _ in range(6):
    scores = head(embed(tokens[:, :-1]))
    loss = F.cross_entropy(scores.reshape(-1, 9), tokens[:, 1:].reshape(-1), ignore_index=0)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
