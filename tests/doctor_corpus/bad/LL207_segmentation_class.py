import torch
import torch.nn.functional as F
from torch import nn


class Trainer:
    def __init__(self):
        self.net = nn.Conv2d(3, 1, 1)
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=0.1)

    def step(self, images, masks):
        probability = F.softmax(self.net(images), dim=1)
        loss = F.mse_loss(probability, masks)  # expect LL207
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()


torch.manual_seed(0)
trainer = Trainer()
for _ in range(6):
    trainer.step(torch.randn(2, 3, 6, 6), torch.rand(2, 1, 6, 6).round())
