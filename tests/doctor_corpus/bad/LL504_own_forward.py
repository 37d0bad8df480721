import torch
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.zeros(3, 2)), nn.Parameter(torch.zeros(3))

    def forward(self, x):
        return F.linear(x, self.weight, self.bias)


torch.manual_seed(0)
x = torch.stack([torch.rand(40), 1900 + 120 * torch.rand(40)], 1)
y = torch.randint(0, 3, (40,))
net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=1e-6)
for _ in range(3):
    scores = net(x)  # expect LL504
    optimizer.zero_grad()
    F.cross_entropy(scores, y).backward()
    optimizer.step()
