import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 1)
optimizer = torch.optim.Adam(net.parameters())
for _ in range(6):
    a, b = torch.randn(16, 4), torch.randn(16, 4)
    order = (a[:, 0].round() - b[:, 0].round()).sign()
    one, two = net(a).squeeze(1), net(b).squeeze(1)
    loss = F.margin_ranking_loss(one, two, order, margin=0.1)
    ahead = F.margin_ranking_loss(one, one.detach() - 1, torch.ones(16))
    match = F.cosine_embedding_loss(a * net.weight, b, torch.ones(16))
    optimizer.zero_grad()
    (loss + ahead + match).backward()
    optimizer.step()
