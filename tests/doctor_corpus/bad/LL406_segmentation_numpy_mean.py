import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def validate(net, images, masks):
    found = []
    with torch.no_grad():
        for start in range(0, len(images), 4):
            scores = net(images[start : start + 4])
            loss = F.cross_entropy(scores, masks[start : start + 4])
            found.append(float(loss))  # expect LL406
    return np.mean(found)


torch.manual_seed(0)
images, masks = torch.randn(5, 1, 6, 6), torch.randint(0, 2, (5, 6, 6))
validate(nn.Conv2d(1, 2, 3, padding=1), images, masks)
