import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
maker, judge = nn.Linear(2, 3), nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))
maker_optimizer = torch.optim.Adam(maker.parameters())
judge_optimizer = torch.optim.Adam(judge.parameters())
for _ in range(8):
    fake = maker(torch.randn(16, 2))
    judge_optimizer.zero_grad()
    real_score, fake_score = judge(torch.randn(16, 3)), judge(fake.detach())
    loss = F.binary_cross_entropy_with_logits(real_score, torch.ones(16, 1))
    loss = loss + F.binary_cross_entropy_with_logits(fake_score, torch.zeros(16, 1))
    loss.backward()
    judge_optimizer.step()
    maker_optimizer.zero_grad()
    F.binary_cross_entropy_with_logits(judge(fake), torch.ones(16, 1)).backward()
    maker_optimizer.step()
