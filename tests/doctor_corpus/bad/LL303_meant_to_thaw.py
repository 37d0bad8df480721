import torch
from torch import nn


def thaw(layer):
    layer.requires_grad = True  # expect LL303


torch.manual_seed(0)
net = nn.ModuleDict({"embed": nn.Embedding(9, 4), "head": nn.Linear(4, 9)})
net["embed"].requires_grad_(False)
thaw(net["embed"])
optimizer = torch.optim.Adam(net.parameters())
for _ in range(4):
    tokens = torch.randint(0, 9, (2, 6))
    scores = net["head"](net["embed"](tokens[:, :-1]))
    loss = nn.functional.cross_entropy(scores.flatten(0, 1), tokens[:, 1:].flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
