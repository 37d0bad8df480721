import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(60, 4), torch.randint(0, 3, (60,))
net = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(), nn.Linear(8, 3))
optimizer = torch.optim.Adam(net.parameters())


def epoch(x, y, training):
    net.train(training)
    hits = 0
    for start in range(0, len(x), 20):
        with torch.set_grad_enabled(training):
            scores = net(x[start : start + 20])
            loss = nn.functional.cross_entropy(scores, y[start : start + 20])
        if training:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        hits += (scores.argmax(1) == y[start : start + 20]).sum().item()
    return hits / len(x)


for _ in range(4):
    epoch(x[:40], y[:40], training=True)
    epoch(x[40:], y[40:], training=False)
