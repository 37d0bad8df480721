import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(5, 6, batch_first=True)
        self.head = nn.Linear(6, 1)

    def loss(self, x, tags):
        values = self.head(self.rnn(x)[0]).squeeze(-1)
        return nn.functional.l1_loss(values, tags)  # expect LL102


torch.manual_seed(0)
model = Tagger()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(3):
    optimizer.zero_grad()
    model.loss(torch.randn(4, 7, 5), torch.randint(0, 9, (4, 7))).backward()
    optimizer.step()
