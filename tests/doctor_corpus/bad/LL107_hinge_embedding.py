import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 8)
optimizer = torch.optim.Adam(net.parameters())


def closure():
    optimizer.zero_grad()
    distance = (net(x[:, 0]) - net(x[:, 1])).norm(dim=1)
    loss = F.hinge_embedding_loss(distance, alike)  # expect LL107
    loss.backward()
    return loss


for _ in range(4):
    x, alike = torch.randn(16, 2, 4), torch.randint(0, 2, (16,)).float()
    optimizer.step(closure)
