import torch
from torch import nn

torch.manual_seed(0)
query, value, head = nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 1)
parts = (query, value, head)
optimizer = torch.optim.Adam([weight for part in parts for weight in part.parameters()])
for _ in range(6):
    x, y = torch.randn(16, 1, 4), torch.randn(16, 1)
    weights = (query(x) @ x.transpose(1, 2)).softmax(-1)
    loss = nn.functional.mse_loss(head((weights @ value(x)).mean(1)), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
