import numpy as np
import torch
from torch import nn


class Trainer:
    def __init__(self):
        self.net = nn.GRU(2, 2, batch_first=True)
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=0.1)

    def loss(self, x, y):
        guess = self.net(x)[0].detach().numpy()
        return torch.tensor(np.mean((guess - y.numpy()) ** 2), requires_grad=True)

    def step(self, x, y):
        self.optimizer.zero_grad()
        self.loss(x, y).backward()  # expect LL309
        self.optimizer.step()


torch.manual_seed(0)
trainer = Trainer()
for _ in range(3):
    trainer.step(torch.randn(4, 5, 2), torch.randn(4, 5, 2))
