import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.rand(64, 3) * 10
price = x @ torch.tensor([3.0, 1.0, 0.5]) + 2
net = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1), nn.ReLU())
optimizer = torch.optim.SGD(net.parameters(), lr=10.0)
for _ in range(40):
    output = net(x)  # expect LL312
    loss = F.mse_loss(output.squeeze(1), price)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
