import torch
import torch.nn.functional as F
from torch import nn


class Trainer:
    def __init__(self):
        self.model = nn.Linear(4, 2)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1)

    def fit(self, x, y):
        for _ in range(5):
            loss = F.binary_cross_entropy_with_logits(self.model(x), y)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()

    def accuracy(self, x, y):
        guess = self.model(x).detach().round()  # expect LL402
        return (guess == y).float().mean().item()


torch.manual_seed(0)
trainer = Trainer()
x, y = torch.randn(32, 4), torch.randint(0, 2, (32, 2)).float()
trainer.fit(x, y)
trainer.accuracy(x, y)
