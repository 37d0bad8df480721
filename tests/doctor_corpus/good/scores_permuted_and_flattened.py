import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
net, head = nn.Conv2d(3, 4, 1), nn.Linear(4, 3)
optimizer = torch.optim.Adam([*net.parameters(), *head.parameters()])
masks, tags = torch.randint(0, 4, (2, 6, 6)), torch.randint(0, 3, (2, 9))
for _ in range(6):
    scores = net(torch.randn(2, 3, 6, 6))
    loss = F.cross_entropy(scores.flatten(2), masks.flatten(1))
    loss = loss + F.cross_entropy(scores.permute(0, 2, 3, 1).reshape(-1, 4), masks.flatten())
    flat = head(torch.randn(2, 9, 4)).flatten(1)
    loss = loss + F.cross_entropy(flat.view(2, 9, 3).transpose(1, 2), tags)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
