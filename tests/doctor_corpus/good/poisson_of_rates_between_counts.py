import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, per_day = torch.randn(32, 4), torch.rand(32) * 5
net = nn.Linear(4, 1)
optimizer = torch.optim.Adam(net.parameters())
for _ in range(6):
    loss = F.poisson_nll_loss(net(x).squeeze(1), per_day, full=False)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
