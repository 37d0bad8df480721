import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(64, 4)
y = (x[:, 0] > 0).long()
net = nn.Linear(4, 2)
with torch.no_grad():
    net.weight.copy_(torch.tensor([[1.0, 0.0, 0.0, 0.0], [-1.0, 0.0, 0.0, 0.0]]))
optimizer = torch.optim.SGD(net.parameters(), lr=1e-7)
criterion = nn.CrossEntropyLoss()
for _ in range(70):
    loss = criterion(net(x), y)  # expect LL501
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
