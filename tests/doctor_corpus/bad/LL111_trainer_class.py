import torch
import torch.nn.functional as F
from torch import nn


class Trainer:
    def __init__(self):
        self.embed, self.rnn = nn.Embedding(9, 8), nn.RNN(8, 9, batch_first=True)
        parameters = [*self.embed.parameters(), *self.rnn.parameters()]
        self.optimizer = torch.optim.SGD(parameters, lr=0.1)

    def step(self, batch):
        inputs, targets = batch[:, :-1], batch[:, :-1].clone()
        scores = self.rnn(self.embed(inputs))[0]
        loss = F.cross_entropy(scores.flatten(0, 1), targets.flatten())  # expect LL111
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()


torch.manual_seed(0)
trainer = Trainer()
for _ in range(4):
    trainer.step(torch.randint(0, 9, (4, 8)))
