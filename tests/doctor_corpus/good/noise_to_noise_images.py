import torch
from torch import nn

torch.manual_seed(0)
clean = (torch.rand(8, 1, 6, 6) > 0.8).float()
net = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 1, 1), nn.Sigmoid())
optimizer = torch.optim.Adam(net.parameters())
for _ in range(6):
    one, two = (clean + 0.3 * torch.randn_like(clean) for _ in range(2))
    loss = nn.functional.mse_loss(net(one), two)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
