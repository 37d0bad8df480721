import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(40, 4), torch.randn(40, 1)
net = nn.Linear(4, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
state = net.state_dict()
sums = {name: torch.zeros_like(value) for name, value in state.items()}
for _ in range(5):
    optimizer.zero_grad()
    nn.functional.mse_loss(net(x), y).backward()
    optimizer.step()
    for name, value in net.state_dict().items():
        sums[name] += value / 5
for name in state:
    state[name] = sums[name]
net.load_state_dict(state)
