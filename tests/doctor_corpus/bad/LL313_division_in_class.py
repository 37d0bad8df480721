import torch
from torch import nn


class Trainer:
    def __init__(self):
        self.net = nn.Conv2d(1, 1, 3, padding=1)
        self.optimizer = torch.optim.Adam(self.net.parameters())

    def step(self, image, mask):
        error = (self.net(image) - image).abs() * mask
        loss = (error.sum((1, 2, 3)) / mask.sum((1, 2, 3))).mean()
        self.optimizer.zero_grad()
        loss.backward()  # expect LL313
        self.optimizer.step()


torch.manual_seed(0)
trainer = Trainer()
mask = torch.ones(2, 1, 5, 5)
for batch in range(4):
    mask[1] = float(batch < 2)
    trainer.step(torch.randn(2, 1, 5, 5), mask)
