import torch
from torch import nn

torch.manual_seed(0)
tokens = torch.randint(0, 7, (4, 6))
tokens[:, 4:] = -1
head = nn.Linear(5, 7)


def cost(hidden):
    log_p = head(hidden).log_softmax(-1)
    picked = log_p.gather(-1, tokens.unsqueeze(-1))  # expect LL103
    return -picked.mean()


cost(torch.randn(4, 6, 5)).backward()
