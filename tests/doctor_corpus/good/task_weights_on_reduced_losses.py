import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
net, scale = nn.Linear(4, 4), nn.Parameter(torch.zeros(2))
optimizer = torch.optim.Adam([*net.parameters(), scale])
for _ in range(6):
    scores = net(torch.randn(16, 4))
    first = F.cross_entropy(scores[:, :3], torch.randint(0, 3, (16,)))
    second = F.mse_loss(scores[:, 3], torch.randn(16))
    loss = torch.exp(-scale[0]) * first + torch.exp(-scale[1]) * second + scale.sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
