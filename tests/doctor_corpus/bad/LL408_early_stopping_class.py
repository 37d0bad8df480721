import torch
from torch import nn


class EarlyStopping:
    def __init__(self):
        self.lowest, self.state = float("inf"), None

    def update(self, loss, model):
        if loss < self.lowest:
            self.lowest = loss
            self.state = dict(model.state_dict().items())  # expect LL408

    def restore(self, model):
        model.load_state_dict(self.state)


torch.manual_seed(0)
x, y = torch.randn(30, 4), torch.randint(0, 3, (30,))
net = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Linear(8, 3))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
stopping = EarlyStopping()
for epoch in range(5):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(x), y)
    loss.backward()
    optimizer.step()
    stopping.update(loss.item() if epoch < 3 else 10.0, net)
stopping.restore(net)
