import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(3):
    x, y, length = torch.randn(8, 6, 4), torch.randn(8, 6), torch.randint(1, 7, (8, 1))
    mask = (torch.arange(6) < length).float()
    error = F.l1_loss(net(x).squeeze(-1), y)
    loss = torch.mul(error, mask).sum() / mask.sum()  # expect LL210
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
