import torch
from torch import nn


class Trainer:
    def __init__(self):
        self.net, self.criterion = nn.Linear(4, 3), nn.CrossEntropyLoss()
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=0.5)

    def step(self, x, y):
        loss = self.criterion(self.net(x), y)  # expect LL212
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()


torch.manual_seed(0)
trainer, x = Trainer(), torch.randn(64, 4)
for _ in range(8):
    trainer.step(x, x[:, :3])
