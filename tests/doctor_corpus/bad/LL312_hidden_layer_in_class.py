import torch
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inside, self.out = nn.Linear(5, 16), nn.Linear(16, 3)
        nn.init.constant_(self.inside.bias, -100.0)

    def forward(self, x):
        hidden = F.relu(self.inside(x))  # expect LL312
        return self.out(hidden)


class Trainer:
    def __init__(self, net):
        self.net, self.optimizer = net, torch.optim.SGD(net.parameters(), lr=0.1)

    def fit(self, steps):
        for _ in range(steps):
            x = torch.randn(32, 5)
            self.optimizer.zero_grad()
            F.cross_entropy(self.net(x), (x[:, 0] > 0).long()).backward()
            self.optimizer.step()


torch.manual_seed(0)
Trainer(Net()).fit(20)
