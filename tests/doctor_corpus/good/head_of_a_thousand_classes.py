import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
body, head = nn.Linear(16, 32), nn.Linear(32, 1000)
optimizer = torch.optim.SGD([*body.parameters(), *head.parameters()], lr=0.1)
for _ in range(20):
    x = torch.randn(128, 16)
    optimizer.zero_grad()
    F.cross_entropy(head(body(x).relu()), x[:, :10].argmax(1)).backward()
    optimizer.step()
