import torch
from torch import nn

tokens = torch.zeros(4, 9)
embed = nn.Embedding(20, 8)
states = embed(tokens)  # expect LL002
