import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
table, body, head = nn.Embedding(30, 8), nn.GRU(8, 16, batch_first=True), nn.Linear(16, 30)
optimizer = torch.optim.Adam([*table.parameters(), *body.parameters(), *head.parameters()])


def step(words):
    hidden, _ = body(table(words))
    following = torch.full_like(words, 29)
    scores = head(hidden).log_softmax(-1).flatten(0, 1)
    loss = F.nll_loss(scores, following.flatten())  # expect LL503
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


for _ in range(6):
    step(torch.randint(1, 29, (8, 12)))
