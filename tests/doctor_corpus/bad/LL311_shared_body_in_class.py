import torch
import torch.nn.functional as F
from torch import nn


class Trainer:
    def __init__(self):
        self.body, self.mask, self.depth = (
            nn.Conv2d(1, 4, 3),
            nn.Conv2d(4, 2, 1),
            nn.Conv2d(4, 1, 1),
        )
        mask = [*self.body.parameters(), *self.mask.parameters()]
        depth = [*self.body.parameters(), *self.depth.parameters()]
        self.optimizers = [torch.optim.Adam(mask), torch.optim.Adam(depth)]

    def step(self, image, mask, depth):
        hidden = self.body(image).relu()
        loss = F.cross_entropy(self.mask(hidden), mask) + F.l1_loss(self.depth(hidden), depth)
        for optimizer in self.optimizers:
            optimizer.zero_grad()
        loss.backward()
        self.optimizers[0].step()
        self.optimizers[1].step()  # expect LL311


torch.manual_seed(0)
trainer = Trainer()
for _ in range(4):
    trainer.step(torch.randn(2, 1, 6, 6), torch.ones(2, 4, 4).long(), torch.rand(2, 1, 4, 4))
