import torch
from torch import nn


class Trainer:
    def __init__(self):
        self.model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
        self.optimizer = torch.optim.Adam(self.model.parameters())

    def update(self, loss):
        loss.backward()
        self.model.zero_grad(set_to_none=False)  # expect LL305
        self.optimizer.step()


torch.manual_seed(0)
trainer = Trainer()
for _ in range(4):
    x = torch.randn(16, 4)
    trainer.update(nn.functional.l1_loss(trainer.model(x), x.sum(1, keepdim=True)))
