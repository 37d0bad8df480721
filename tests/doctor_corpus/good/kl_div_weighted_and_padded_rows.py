import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 5)
optimizer = torch.optim.Adam(net.parameters())
for _ in range(6):
    wanted = F.one_hot(torch.randint(0, 5, (32,)), 5).float()
    weights = torch.randint(1, 4, (32, 1))
    present = (torch.rand(32, 1) > 0.2).float()
    given = net(torch.randn(32, 4)).log_softmax(-1)
    loss = F.kl_div(given, wanted * weights * present, reduction="sum") / present.sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
