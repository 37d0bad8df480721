import torch
import torch.nn.functional as F
from torch import nn


def fit(net, epochs):
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs)
    for _ in range(epochs):
        for _ in range(8):
            image, mask = torch.randn(2, 1, 4, 4), torch.randint(0, 2, (2, 4, 4))
            optimizer.zero_grad()
            F.cross_entropy(net(image), mask).backward()
            optimizer.step()
            schedule.step()  # expect LL308


torch.manual_seed(0)
fit(nn.Conv2d(1, 2, 1), epochs=5)
