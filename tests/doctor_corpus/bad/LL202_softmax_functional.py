import torch
import torch.nn.functional as F
from torch import nn


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Linear(6, 4)

    def forward(self, x):
        return F.softmax(self.net(x), dim=-1)


torch.manual_seed(0)
model = Classifier()
optimizer = torch.optim.Adam(model.parameters())
for _ in range(3):
    loss = F.nll_loss(model(torch.randn(16, 6)), torch.randint(0, 4, (16,)))  # expect LL202
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
