import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
embed, rnn, head = nn.Embedding(9, 8), nn.GRU(8, 12, batch_first=True), nn.Linear(12, 9)
optimizer = torch.optim.Adam([*embed.parameters(), *rnn.parameters(), *head.parameters()])


def closure():
    optimizer.zero_grad()
    log_p = head(rnn(embed(tokens))[0]).log_softmax(-1)
    loss = F.nll_loss(log_p.transpose(1, 2), tokens)  # expect LL111
    loss.backward()
    return loss


for _ in range(4):
    tokens = torch.randint(0, 9, (4, 7))
    optimizer.step(closure)
