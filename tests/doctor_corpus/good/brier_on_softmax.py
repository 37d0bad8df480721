import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(48, 4), torch.randint(0, 3, (48,))
net = nn.Linear(4, 3)
optimizer = torch.optim.Adam(net.parameters())
for _ in range(6):
    loss = F.mse_loss(net(x).softmax(1), F.one_hot(y, 3).float())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
