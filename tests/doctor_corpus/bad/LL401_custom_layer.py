import torch

torch.manual_seed(0)
x, y = torch.randn(40, 4), torch.randint(0, 2, (40,))
weight = torch.randn(4, 1, requires_grad=True)


def accuracy(scores, labels):
    return (torch.argmax(scores, -1) == labels).float().mean()  # expect LL401


result = accuracy(x @ weight, y)
