import torch
from torch import nn

torch.manual_seed(0)
net = nn.GRU(3, 6, batch_first=True)
head = nn.Linear(6, 2, bias=False)
for parameter in head.parameters():
    nn.init.zeros_(parameter)
score = nn.Linear(2, 1, bias=False)
nn.init.zeros_(score.weight)
optimizer = torch.optim.Adam([*net.parameters(), *head.parameters(), *score.parameters()])
for _ in range(20):
    x = torch.randn(8, 5, 3)
    hidden, _ = net(x)
    loss = (score(head(hidden)).squeeze(2) - x.sum(2)).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()  # expect LL312
    optimizer.step()
