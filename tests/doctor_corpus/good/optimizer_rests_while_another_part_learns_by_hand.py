import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
body, head = nn.Linear(4, 8), nn.Linear(8, 1)
optimizer = torch.optim.SGD(body.parameters(), lr=0.05)
for step in range(24):
    x = torch.randn(16, 4)
    hidden = body(x).tanh()
    # Twice the head alone is moved by hand, and the optimizer finds nothing to do.
    rests = 8 <= step < 11 or 16 <= step < 20
    loss = F.mse_loss(head(hidden.detach() if rests else hidden).squeeze(1), x[:, 0])
    optimizer.zero_grad()
    head.zero_grad()
    loss.backward()
    with torch.no_grad():
        for parameter in head.parameters():
            parameter -= 0.05 * parameter.grad
    optimizer.step()
