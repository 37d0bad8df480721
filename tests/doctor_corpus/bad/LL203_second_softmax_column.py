import torch
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        return self.head(x).softmax(1)[:, 1]

    def loss(self, x, y):
        return nn.BCEWithLogitsLoss()(self(x), y)  # expect LL203


torch.manual_seed(0)
model = Model()
optimizer = torch.optim.Adam(model.parameters())
for _ in range(3):
    optimizer.zero_grad()
    model.loss(torch.randn(16, 4), torch.rand(16).round()).backward()
    optimizer.step()
