import torch
from torch import nn


def pixel_accuracy(net, val_loader):
    right = 0
    for images, masks in val_loader:
        with torch.inference_mode():
            classes = net(images).max(1).indices
        same = torch.eq(classes, masks)
        right += same.sum().item()  # expect LL409
    print("accuracy", right / len(val_loader))  # noqa: T201


torch.manual_seed(0)
images = torch.randn(3, 4, 1, 8, 8)
pixel_accuracy(nn.Conv2d(1, 3, 1), [(part, part[:, 0].gt(0).long()) for part in images])
