import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
embed, head = nn.Embedding(9, 8), nn.Linear(8, 9)
reader, writer = nn.GRU(8, 8, batch_first=True), nn.GRU(8, 8, batch_first=True)
layers = nn.ModuleList([embed, head, reader, writer])
optimizer = torch.optim.Adam(layers.parameters())
for _ in range(6):
    tokens = torch.randint(0, 9, (4, 7))
    hidden, last = reader(embed(tokens))
    following = head(hidden[:, :-1]).transpose(1, 2)
    loss = F.cross_entropy(following, tokens[:, 1:])
    copied = head(writer(torch.zeros(4, 7, 8), last)[0])
    loss = loss + F.cross_entropy(copied.transpose(1, 2), tokens)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
