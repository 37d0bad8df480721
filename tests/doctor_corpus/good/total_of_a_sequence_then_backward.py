import torch
from torch import nn

torch.manual_seed(0)
cell, head = nn.GRUCell(2, 4), nn.Linear(4, 2)
optimizer = torch.optim.Adam([*cell.parameters(), *head.parameters()])
shown = torch.zeros(())
for _ in range(6):
    x, state, total = torch.randn(8, 5, 2), torch.zeros(8, 4), 0
    for time in range(4):
        state = cell(x[:, time], state)
        total += nn.functional.mse_loss(head(state), x[:, time + 1])
    optimizer.zero_grad()
    total.backward()
    optimizer.step()
    shown = shown + total.detach()
