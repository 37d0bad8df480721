import torch
from torch import nn


class Trainer:
    def __init__(self):
        self.net = nn.Linear(4, 3)
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=0.01)
        self.schedule = torch.optim.lr_scheduler.StepLR(self.optimizer, step_size=3, gamma=0.1)

    def epoch(self):
        for _ in range(10):
            loss = nn.functional.cross_entropy(self.net(torch.randn(8, 4)), torch.arange(8) % 3)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.schedule.step()  # expect LL308


torch.manual_seed(0)
trainer = Trainer()
for _ in range(6):
    trainer.epoch()
