import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
experts = nn.ModuleList(nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1)) for _ in "123")
optimizer = torch.optim.Adam(experts.parameters(), lr=1e-2)
for _ in range(20):
    x = torch.randn(32, 4)
    answers = torch.cat([expert(x) for expert in experts], 1)
    # The gate sends every row to one of the first two, so the third has gradients of zero.
    gate = F.one_hot((x[:, 0] > 0).long(), 3)
    loss = F.mse_loss((answers * gate).sum(1), x.abs().sum(1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
