import torch
from torch import nn


def fit(net, tokens):
    everything = torch.optim.SGD(net.parameters(), lr=0.1)
    embedding = torch.optim.Adagrad(net[0].parameters(), lr=0.1)
    for _ in range(4):
        everything.zero_grad()
        embedding.zero_grad()
        scores = net(tokens[:, :-1]).transpose(1, 2)
        nn.functional.cross_entropy(scores, tokens[:, 1:]).backward()
        everything.step()
        embedding.step()  # expect LL311


torch.manual_seed(0)
fit(nn.Sequential(nn.Embedding(7, 5), nn.Linear(5, 7)), torch.randint(0, 7, (4, 6)))
