import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
encoder, decoder, judge = nn.Linear(4, 2), nn.Linear(2, 4), nn.Linear(2, 1)
rebuild = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()])
deceive = torch.optim.Adam(encoder.parameters())
tell = torch.optim.Adam(judge.parameters())
for _ in range(6):
    x = torch.randn(16, 4)
    rebuild.zero_grad()
    F.mse_loss(decoder(encoder(x)), x).backward()
    rebuild.step()
    tell.zero_grad()
    F.softplus(judge(encoder(x).detach())).mean().backward()
    tell.step()
    deceive.zero_grad()
    F.softplus(-judge(encoder(x))).mean().backward()
    deceive.step()
