import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Conv1d(3, 5, 1)
        self.criterion = nn.BCELoss()

    def forward(self, x):
        return torch.tanh(self.body(x))

    def loss(self, x, tags):
        return self.criterion(self(x), tags)  # expect LL204


torch.manual_seed(0)
model = Tagger()
optimizer = torch.optim.Adam(model.parameters())
optimizer.zero_grad()
model.loss(torch.randn(4, 3, 7), torch.rand(4, 5, 7).round()).backward()
optimizer.step()
