import torch
from torch import nn

torch.manual_seed(0)
net, head = nn.Linear(4, 5), nn.Linear(5, 2)
optimizer = torch.optim.Adam([*net.parameters(), *head.parameters()])
for _ in range(6):
    mask = torch.rand(16, 5).round()
    mask[:, 0] = 1
    weights = (net(torch.randn(16, 4)) + mask.log()).softmax(1)
    loss = nn.functional.cross_entropy(head(weights), torch.randint(0, 2, (16,)))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
