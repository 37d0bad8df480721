import torch
import torch.nn.functional as F
from torch import nn


class Segmenter(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 1)

    def forward(self, x):
        return F.softmax(self.conv(x), dim=1).clamp(min=1e-7)


torch.manual_seed(0)
model = Segmenter()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(3):
    masks = torch.randint(0, 5, (2, 6, 6))
    loss = F.cross_entropy(model(torch.randn(2, 3, 6, 6)), masks)  # expect LL201
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
