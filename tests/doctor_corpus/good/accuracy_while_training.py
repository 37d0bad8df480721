import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(40, 4), torch.randint(0, 3, (40,))
net = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(), nn.Linear(8, 3))
optimizer = torch.optim.Adam(net.parameters())
criterion = nn.CrossEntropyLoss()
hits = 0
for _ in range(6):
    scores = net(x)
    accuracy = (scores.detach().argmax(1) == y).float().mean().item()
    loss = criterion(scores, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        hits += (scores.argmax(1) == y).sum().item()
net.eval()
with torch.no_grad():
    accuracy = (net(x).argmax(1) == y).float().mean().item()
