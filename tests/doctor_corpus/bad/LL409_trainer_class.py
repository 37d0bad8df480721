import torch
from torch import nn


class Trainer:
    def __init__(self, net, batches):
        self.net, self.batches, self.hits = net, batches, 0

    @torch.no_grad()
    def evaluate(self):
        self.net.eval()
        self.hits = 0
        for inputs, labels in self.batches:
            guess = (torch.sigmoid(self.net(inputs)).squeeze(1) > 0.5).float()
            self.hits += float((guess == labels).float().sum())  # expect LL409
        return self.hits / len(self.batches)


torch.manual_seed(0)
rows = torch.randn(10, 16, 3)
Trainer(nn.Linear(3, 1), [(part, (part[:, 0] > 0).float()) for part in rows]).evaluate()
