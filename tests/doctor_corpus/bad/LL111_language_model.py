import torch
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(9, 8)
        self.rnn = nn.LSTM(8, 12, batch_first=True)
        self.head = nn.Linear(12, 9)

    def forward(self, tokens):
        return self.head(self.rnn(self.embed(tokens))[0])


torch.manual_seed(0)
model, criterion = Model(), nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters())
for _ in range(4):
    tokens = torch.randint(0, 9, (4, 7))
    optimizer.zero_grad()
    loss = criterion(model(tokens).view(-1, 9), tokens.view(-1))  # expect LL111
    loss.backward()
    optimizer.step()
