import torch
from torch import nn

torch.manual_seed(0)
x, sign = torch.randn(8, 6, 4), torch.randn(8, 6).sign()
net = nn.Linear(4, 1)
optimizer = torch.optim.Adam(net.parameters())
for _ in range(4):
    probability = net(x).sigmoid().squeeze(2)
    loss = nn.functional.mse_loss(probability, sign)  # expect LL208
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
