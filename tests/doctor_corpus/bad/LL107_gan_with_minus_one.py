import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
G, D = nn.Linear(4, 2), nn.Sequential(nn.Linear(2, 8), nn.LeakyReLU(), nn.Linear(8, 1))
g_opt = torch.optim.Adam(G.parameters())
d_opt = torch.optim.Adam(D.parameters())
for _ in range(6):
    real, fake = torch.randn(16, 2), G(torch.randn(16, 4))
    loss = F.binary_cross_entropy_with_logits(D(real), -torch.ones(16, 1))  # expect LL107
    loss = loss + F.binary_cross_entropy_with_logits(D(fake.detach()), torch.ones(16, 1))
    loss.backward()
    d_opt.zero_grad()  # expect LL305
    d_opt.step()
    g_opt.zero_grad()
    F.binary_cross_entropy_with_logits(D(fake), torch.ones(16, 1)).backward()
    g_opt.step()
