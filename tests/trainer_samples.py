"""Data, networks and the loop written by hand, for the tests of the trainer."""

import pandas as pd
import torch
from torch import nn
from torch.nn import functional

from losslab import MLP
from losslab.training.initialization import draw_batch_order

N, F, K, BATCH = 45, 4, 3, 10  # the last batch is smaller than the others
EPOCHS = 3

QUIET = {"progress": False, "batch_size": BATCH, "seed": 5}


def numbers(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


X = numbers(N, F)
CODES2 = (X[:, 0] + 0.5 * numbers(N, seed=1) > 0).long()
CODES3 = torch.bucketize(X[:, 0] + 0.3 * numbers(N, seed=1), torch.tensor([-0.5, 0.5]).double())
VALUES = 50 + 20 * X[:, 0] + numbers(N, seed=2)
COLUMN = CODES2.double().unsqueeze(1)
SIGNS = 2 * COLUMN - 1
ONE_HOT = functional.one_hot(CODES3, K).double()


def network(width=1, seed=0):
    return MLP(F, (8,), width, activation="tanh", seed=seed).double()


def weights(model):
    return [parameter.detach().clone() for parameter in model.parameters()]


def same_weights(first, second):
    return all(torch.equal(a, b) for a, b in zip(weights(first), weights(second), strict=True))


def loop_by_hand(model, optimizer, criterion, target, epochs=EPOCHS):
    """The loop that everybody writes."""
    means = []
    model.train()
    for epoch in range(epochs):
        order = torch.from_numpy(draw_batch_order(N, QUIET["seed"], epoch))
        total = 0.0
        for start in range(0, N, BATCH):
            rows = order[start : start + BATCH]
            optimizer.zero_grad()
            loss = criterion(model(X[rows]), target[rows])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        means.append(total / N)
    return means


class Echo(nn.Module):
    """Return the input itself, so that a test can write down predictions."""

    def __init__(self):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(()))

    def forward(self, x):
        return x + self.bias


FRAME = pd.DataFrame(X.numpy(), columns=list("abcd"))
UNSURE = [[-2.0], [0.3], [0.7], [2.0]]
TWO = [[0.0], [1.0], [1.0], [1.0]]
SIDES = [[-1.0], [1.0], [1.0], [1.0]]
