import torch
import torch.nn.functional as F
from torch import nn


class FocalLoss(nn.Module):
    def __init__(self, alpha=0.8, gamma=2.0):
        super().__init__()
        self.alpha, self.gamma = alpha, gamma

    def forward(self, scores, y):
        cost = F.binary_cross_entropy_with_logits(scores, y)
        kept = torch.exp(-cost)
        return self.alpha * (1 - kept) ** self.gamma * cost  # expect LL210


torch.manual_seed(0)
net, criterion = nn.Conv2d(3, 1, 1), FocalLoss()
optimizer = torch.optim.Adam(net.parameters())
for _ in range(3):
    loss = criterion(net(torch.randn(4, 3, 6, 6)), torch.rand(4, 1, 6, 6).round())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
