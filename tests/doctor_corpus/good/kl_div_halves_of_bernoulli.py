import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, q = torch.randn(32, 4), torch.rand(32, 3)
net = nn.Linear(4, 3)
optimizer = torch.optim.Adam(net.parameters())
for _ in range(6):
    score = net(x)
    yes = F.kl_div(F.logsigmoid(score), q, reduction="sum")
    no = F.kl_div(F.logsigmoid(-score), 1 - q, reduction="sum")
    loss = (yes + no) / len(x)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
