import torch
from torch import nn


class Trainer:
    def __init__(self):
        self.net = nn.LSTM(3, 4, batch_first=True)
        self.optimizer = torch.optim.Adam(self.net.parameters())
        self.running = torch.zeros(())

    def step(self, x, y):
        loss = nn.functional.mse_loss(self.net(x)[0], y)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.running = self.running + loss  # expect LL310


torch.manual_seed(0)
trainer = Trainer()
for _ in range(8):
    trainer.step(torch.randn(2, 5, 3), torch.randn(2, 5, 4))
