import torch
import torch.nn.functional as F
from torch import nn


class Trainer:
    def __init__(self):
        self.model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=1e-5)

    def step(self, x, y):
        self.optimizer.zero_grad()
        loss = F.mse_loss(self.model(x).squeeze(1), y)  # expect LL501
        loss.backward()
        self.optimizer.step()


torch.manual_seed(0)
x = torch.randn(160, 3)
y = 50 + x.sum(1)
trainer = Trainer()
for _ in range(8):
    for start in range(0, 160, 16):
        trainer.step(x[start : start + 16], y[start : start + 16])
