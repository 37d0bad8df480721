import torch
import torch.nn.functional as F
from torch import nn


def fit(net, batches):
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    for image, mask in batches:
        optimizer.zero_grad(set_to_none=False)
        loss = F.binary_cross_entropy_with_logits(net(image), mask)
        nn.utils.clip_grad_norm_(net.parameters(), max_norm=0.1)  # expect LL307
        loss.backward()
        optimizer.step()


torch.manual_seed(0)
batches = [(torch.randn(2, 1, 5, 5), torch.rand(2, 1, 5, 5).round()) for _ in range(5)]
fit(nn.Conv2d(1, 1, 3, padding=1), batches)
