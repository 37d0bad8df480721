import torch
from torch import nn

torch.manual_seed(0)
net, batch_size, right, mean, rows = nn.Linear(4, 2), 32, 0, 0.0, 0
loader = [(part, (part[:, 0] > 0).long()) for part in torch.randn(5, batch_size, 4)]
with torch.no_grad():
    for inputs, labels in loader:
        same = net(inputs).argmax(1) == labels
        right += same.sum().item()
        mean += same.float().mean().item()
        rows += len(labels)
one = right / len(loader) / batch_size
two = mean / len(loader)
three = right / (len(loader) * batch_size)
four = right / rows
