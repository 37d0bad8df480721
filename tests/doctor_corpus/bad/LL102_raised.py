import torch
import torch.nn.functional as F
from torch import nn

labels = torch.randint(0, 2, (32,))
score = nn.Linear(4, 1)(torch.randn(32, 4)).squeeze(1)
loss = F.binary_cross_entropy_with_logits(score, labels)  # expect LL102
loss.backward()
