import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 3)
optimizer = torch.optim.Adam(net.parameters(), weight_decay=0.01)
for _ in range(8):
    near, far = torch.randn(16, 4), 100 + torch.randn(16, 4)
    loss = F.triplet_margin_loss(net(near), net(near + 0.01), net(far))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
