import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(30, 7, 4), torch.randn(30, 7)
held_x, held_y = torch.randn(10, 7, 4), torch.randn(10, 7)
net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Dropout(0.2), nn.Linear(8, 1), nn.Flatten(1))
optimizer = torch.optim.Adam(net.parameters())


@torch.no_grad()
def validate():
    return F.mse_loss(net(held_x), held_y).item()  # expect LL404


for _ in range(5):
    loss = F.mse_loss(net(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    validate()
