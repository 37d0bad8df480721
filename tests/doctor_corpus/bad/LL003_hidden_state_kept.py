import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(6, 5, 3), torch.randn(6, 5, 8)
net = nn.GRU(3, 8, batch_first=True)
optimizer = torch.optim.Adam(net.parameters())
hidden = torch.zeros(1, 6, 8)
for _ in range(3):
    optimizer.zero_grad()
    output, hidden = net(x, hidden)
    loss = nn.functional.mse_loss(output, y)
    loss.backward()  # expect LL003
    optimizer.step()
