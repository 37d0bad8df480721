import torch
from torch import nn

torch.manual_seed(0)
tokens = torch.randint(0, 11, (4, 9))
embed, head = nn.Embedding(11, 8), nn.Linear(8, 11)
optimizer = torch.optim.Adam([*embed.parameters(), *head.parameters()])
for _ in range(3):
    probabilities = head(embed(tokens[:, :-1])).softmax(-1)
    flat = probabilities.reshape(-1, 11)
    loss = nn.functional.cross_entropy(flat, tokens[:, 1:].reshape(-1))  # expect LL201
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
