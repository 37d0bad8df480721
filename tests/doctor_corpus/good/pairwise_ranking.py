import torch
from torch import nn

torch.manual_seed(0)
x, relevance = torch.randn(12, 4), torch.rand(12)
net = nn.Linear(4, 1)
optimizer = torch.optim.Adam(net.parameters())
for _ in range(6):
    score = net(x).squeeze(1)
    gaps = score.unsqueeze(1) - score
    wanted = (relevance.unsqueeze(1) - relevance).sign()
    loss = nn.functional.softplus(-gaps * wanted).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
