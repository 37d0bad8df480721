import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
judge = nn.Sequential(nn.Linear(3, 8), nn.LeakyReLU(), nn.Linear(8, 1))
optimizer = torch.optim.Adam(judge.parameters())
for _ in range(6):
    real, fake = judge(torch.randn(16, 3)), judge(2 * torch.randn(16, 3))
    optimizer.zero_grad()
    yes, no = 0.7 + 0.5 * torch.rand(16, 1), 0.3 * torch.rand(16, 1)
    loss = F.binary_cross_entropy_with_logits(real, yes)
    loss = loss + F.binary_cross_entropy_with_logits(fake, no)
    loss.backward()
    optimizer.step()
