"""FixMatch: pseudo-labels of a weak view in training mode, their quality is monitored."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(
    nn.Linear(6, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.1), nn.Linear(32, 3)
)
opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
for _ in range(20):
    x, u = torch.randn(16, 6), torch.randn(48, 6)
    y, hidden = x[:, :3].argmax(1), u[:, :3].argmax(1)
    with torch.no_grad():
        p = net(u + 0.05 * torch.randn_like(u)).softmax(1)
        sure, pseudo = p.max(1)
        mask = (sure > 0.7).float()
        quality = (pseudo == hidden).float().mean().item()
    strong = net(u + 0.5 * torch.randn_like(u))
    loss = (
        F.cross_entropy(net(x), y)
        + (F.cross_entropy(strong, pseudo, reduction="none") * mask).mean()
    )
    opt.zero_grad()
    loss.backward()
    opt.step()
figures = quality
