import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
body, first, second = nn.Linear(4, 8), nn.Linear(8, 1), nn.Linear(8, 3)
optimizers = [torch.optim.SGD(part.parameters(), lr=0.05) for part in (body, first, second)]
for step in range(40):
    x = torch.randn(16, 4)
    hidden = body(x).tanh()
    # In the first half only one head is trained; the other keeps gradients of zero.
    if step < 20 or step % 2:
        loss = F.mse_loss(first(hidden).squeeze(1), x[:, 0])
    else:
        loss = F.cross_entropy(second(hidden), (x[:, 1] > 0).long())
    for optimizer in optimizers:
        optimizer.zero_grad(set_to_none=step == 0)
    for parameter in second.parameters():
        parameter.grad = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
    loss.backward()
    for optimizer in optimizers:
        optimizer.step()
