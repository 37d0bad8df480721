import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(5, 12), nn.ReLU(), nn.Linear(12, 3 * 7))
optimizer = torch.optim.Adam(net.parameters())
for _ in range(6):
    scores = net(torch.randn(8, 5)).view(8, 3, 7)
    loss = F.cross_entropy(scores, torch.randint(0, 3, (8, 7)))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
