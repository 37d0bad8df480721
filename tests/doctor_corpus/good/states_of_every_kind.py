import copy

import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(40, 4), torch.randn(40, 1)
net, other = nn.Linear(4, 1), nn.Linear(4, 1)
optimizer = torch.optim.Adam(net.parameters())
live = net.state_dict()
start = copy.deepcopy(net.state_dict())
for _ in range(5):
    optimizer.zero_grad()
    nn.functional.mse_loss(net(x), y).backward()
    optimizer.step()
    other.load_state_dict(live)
    kept = {name: value.clone() for name, value in net.state_dict().items()}
net.load_state_dict(kept)
net.load_state_dict(net.state_dict())
halved = net.state_dict()
halved["weight"].mul_(0.5)
net.load_state_dict(halved)
net.load_state_dict(start)
