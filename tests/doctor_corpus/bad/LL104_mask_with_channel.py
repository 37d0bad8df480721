import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
images, masks = torch.randn(2, 3, 6, 6), torch.randint(0, 4, (2, 1, 6, 6))
net = nn.Conv2d(3, 4, 3, padding=1)
loss = F.cross_entropy(net(images), masks)  # expect LL104
loss.backward()
