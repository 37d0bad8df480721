import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(40, 6), torch.arange(40).remainder(4).float().unsqueeze(1)
net = nn.Sequential(nn.Linear(6, 4), nn.Softmax(dim=1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(4):
    loss = nn.MSELoss()(net(x), y)  # expect LL104 LL208
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
