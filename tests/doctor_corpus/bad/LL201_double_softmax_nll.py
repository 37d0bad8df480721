import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(48, 4), torch.randint(0, 3, (48,))
net = nn.Sequential(nn.Linear(4, 3), nn.Softmax(dim=1), nn.LogSoftmax(dim=1))
optimizer = torch.optim.Adam(net.parameters())
for _ in range(4):
    loss = nn.NLLLoss()(net(x), y)  # expect LL201
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
