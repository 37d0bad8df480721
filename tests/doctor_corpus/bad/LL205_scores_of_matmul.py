import torch
from torch import nn

torch.manual_seed(0)
weights = torch.randn(4, 3, requires_grad=True)
optimizer = torch.optim.SGD([weights], lr=0.01)
for _ in range(4):
    wanted = torch.randn(16, 3).softmax(1)
    given = torch.randn(16, 4) @ weights
    loss = nn.functional.kl_div(given, wanted, reduction="batchmean")  # expect LL205
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
