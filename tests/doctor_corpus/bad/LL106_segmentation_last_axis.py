import torch
import torch.nn.functional as F
from torch import nn


class Segmenter(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 1)

    def forward(self, x):
        return F.log_softmax(self.conv(x), dim=-1)

    def loss(self, x, masks):
        return F.nll_loss(self(x), masks)  # expect LL106


torch.manual_seed(0)
model = Segmenter()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(3):
    optimizer.zero_grad()
    model.loss(torch.randn(2, 3, 6, 6), torch.randint(0, 5, (2, 6, 6))).backward()
    optimizer.step()
