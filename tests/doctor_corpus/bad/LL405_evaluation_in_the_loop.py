import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(60, 4), torch.randn(60, 1)
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Dropout(0.5), nn.Linear(16, 1))
optimizer = torch.optim.Adam(net.parameters())
for _ in range(4):
    for start in range(0, 40, 10):
        output = net(x[start : start + 10])  # expect LL405
        loss = nn.functional.mse_loss(output, y[start : start + 10])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        nn.functional.mse_loss(net(x[40:]), y[40:])
