import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, wanted = torch.randn(32, 4), torch.randn(32, 3).softmax(1)
net = nn.Linear(4, 3)
nn.init.constant_(net.bias, 4.0)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(3):
    loss = F.kl_div(F.logsigmoid(net(x)), wanted, reduction="batchmean")  # expect LL212
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
