import torch
import torch.nn.functional as F
from torch import nn


class Trainer:
    def __init__(self):
        self.net = nn.Linear(4, 3)
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=0.1, momentum=0.9)

    def step(self, x, y):
        loss = F.cross_entropy(self.net(x), y, reduction="sum")  # expect LL109
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()


torch.manual_seed(0)
trainer = Trainer()
for _ in range(16):
    trainer.step(5 * torch.randn(128, 4), torch.randint(0, 3, (128,)))
