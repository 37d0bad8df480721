import torch
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(4, 8), nn.Linear(8, 1)

    def forward(self, x):
        return self.b(F.dropout(F.relu(self.a(x)), 0.3, self.training)).squeeze(1)


def fit(net, batches):
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for x, y in batches:
        optimizer.zero_grad()
        F.binary_cross_entropy_with_logits(net(x), y).backward()
        optimizer.step()


def test(net, batches):
    hits = 0
    for x, y in batches:
        predicted = net(x) > 0  # expect LL404
        hits += (predicted == y).sum().item()
    return hits


torch.manual_seed(0)
data = [(torch.randn(8, 4), torch.randint(0, 2, (8,)).float()) for _ in range(8)]
model = Net()
fit(model, data[:5])
test(model, data[5:])
