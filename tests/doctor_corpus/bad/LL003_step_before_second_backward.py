import torch
import torch.nn.functional as F
from torch import nn


class Game:
    def __init__(self):
        self.maker, self.judge = nn.Linear(2, 3), nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1))
        self.first = torch.optim.SGD(self.maker.parameters(), lr=0.1)
        self.second = torch.optim.SGD(self.judge.parameters(), lr=0.1)

    def step(self, noise):
        score = self.judge(self.maker(noise))
        one = F.binary_cross_entropy_with_logits(score, torch.zeros(8, 1))
        two = F.binary_cross_entropy_with_logits(score, torch.ones(8, 1))
        self.second.zero_grad()
        one.backward(retain_graph=True)
        self.second.step()
        self.first.zero_grad()
        two.backward()  # expect LL003
        self.first.step()


torch.manual_seed(0)
Game().step(torch.randn(8, 2))
