import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(5, 6, batch_first=True)
        self.head = nn.Linear(6, 4)

    def forward(self, x):
        return self.head(self.rnn(x)[0])


torch.manual_seed(0)
criterion = nn.CrossEntropyLoss()
loss = criterion(Tagger()(torch.randn(3, 7, 5)), torch.randint(0, 4, (3, 7)))  # expect LL105
loss.backward()
