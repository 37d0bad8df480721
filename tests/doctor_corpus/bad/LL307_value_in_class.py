import torch
from torch import nn
from torch.nn.utils import clip_grad_value_


class Trainer:
    def __init__(self):
        self.net = nn.GRU(3, 3, batch_first=True)
        self.optimizer = torch.optim.Adam(self.net.parameters())

    def step(self, x):
        loss = nn.functional.mse_loss(self.net(x)[0][:, :-1], x[:, 1:])
        loss.backward()
        self.optimizer.step()
        clip_grad_value_(self.net.parameters(), 0.5)  # expect LL307
        self.optimizer.zero_grad()


torch.manual_seed(0)
trainer = Trainer()
for _ in range(4):
    trainer.step(torch.randn(4, 6, 3))
