import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(32, 4), torch.randint(0, 3, (32,))
net = nn.Sequential(nn.Linear(4, 3), nn.Softmax(dim=1))
optimizer = torch.optim.Adam(net.parameters())
for _ in range(3):
    loss = nn.NLLLoss()(torch.log(net(x)), y)  # expect LL209
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
