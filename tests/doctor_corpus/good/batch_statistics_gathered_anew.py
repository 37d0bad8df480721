import torch
from torch import nn

torch.manual_seed(0)
data = [(torch.randn(16, 4), torch.randn(16, 1)) for _ in range(4)]
net = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
averaged = torch.optim.swa_utils.AveragedModel(net)
for x, y in data:
    optimizer.zero_grad()
    nn.functional.mse_loss(net(x), y).backward()
    optimizer.step()
    averaged.update_parameters(net)
torch.optim.swa_utils.update_bn(data, averaged)
averaged.eval()
with torch.no_grad():
    loss = nn.functional.mse_loss(averaged(data[0][0]), data[0][1])
