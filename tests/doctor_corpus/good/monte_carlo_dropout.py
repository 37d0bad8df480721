import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(40, 4), torch.randint(0, 3, (40,))
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 3))
optimizer = torch.optim.Adam(net.parameters())
for _ in range(5):
    optimizer.zero_grad()
    nn.functional.cross_entropy(net(x), y).backward()
    optimizer.step()
net.train()
with torch.no_grad():
    samples = [net(x).softmax(1) for _ in range(10)]
    mean = torch.stack(samples).mean(0)
    accuracy = (mean.argmax(1) == y).float().mean()
    total = torch.zeros(40, 3)
    for _ in range(10):
        total += net(x)
    accuracy = (total.argmax(1) == y).float().mean()
net.eval()
net[2].train()
with torch.no_grad():
    accuracy = (net(x).argmax(1) == y).float().mean()
