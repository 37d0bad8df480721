"""A workload: the networks that every peer trains, and how."""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.float32]
Labels = NDArray[np.int64] | NDArray[np.float32]

QUICK_ROWS, QUICK_MODELS, QUICK_EPOCHS = 800, 6, 2


@dataclass(frozen=True, kw_only=True)
class Model:
    """The settings in which networks of a workload differ.

    Args:
        seed: of its initial weights and batch orders.
        lr: of Adam.
        loss: a name of losslab's catalogue.
    """

    seed: int
    lr: float
    loss: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Workload:
    """Networks to be trained from scratch: ReLU between layers, Adam, shuffled batches.

    Args:
        name: as in ``--workload``.
        description: what it is, in a line.
        X: features ``(N, F)``, standardised.
        y: class codes 0..K-1, or values of mean 0 and variance 1, ``(N,)``.
        task: binary, multiclass or regression.
        hidden: widths of the hidden layers.
        batch_size: rows per step; the last batch of an epoch may be smaller.
        epochs: passes over the rows.
        models: the networks.
        sample: how many of them a peer trains that trains one after the other; its time is scaled.
    """

    name: str
    description: str
    X: Features
    y: Labels
    task: str
    hidden: tuple[int, ...]
    batch_size: int
    epochs: int
    models: tuple[Model, ...]
    sample: int

    unit = "model"
    part = "step"

    @property
    def n_classes(self) -> int | None:
        """How many classes there are; None for values."""
        return None if self.task == "regression" else len(np.unique(self.y))

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """Widths of all layers, input and output included."""
        outputs = self.n_classes if self.task == "multiclass" else 1
        return (self.X.shape[1], *self.hidden, outputs or 1)

    @property
    def n_parameters(self) -> int:
        """Weights and biases of one network."""
        return sum((inputs + 1) * outputs for inputs, outputs in pairwise(self.sizes))

    @property
    def parts(self) -> int:
        """How many optimizer steps one network makes."""
        return self.epochs * -(-len(self.X) // self.batch_size)

    def take_start(self) -> "Workload":
        """Return a short piece of the same work, to try settings on."""
        rows = 12 * self.batch_size
        return replace(self, X=self.X[:rows], y=self.y[:rows], epochs=1, models=self.models[:1])

    def quick(self) -> "Workload":
        """Return the workload with few rows, networks and epochs, to test that all works."""
        return replace(
            self,
            X=self.X[:QUICK_ROWS],
            y=self.y[:QUICK_ROWS],
            epochs=min(self.epochs, QUICK_EPOCHS),
            models=self.models[:QUICK_MODELS],
            sample=min(self.sample, 2),
        )


def choose_spread(models: tuple[Model, ...], count: int, losses: frozenset[str]) -> tuple[int, ...]:
    """Choose at most ``count`` models that have one of ``losses``, spread over all of them.

    Examples:
        >>> models = tuple(Model(seed=n, lr=0.01, loss="mse" if n % 2 else "l1") for n in range(9))
        >>> [choose_spread(models, 3, frozenset(losses)) for losses in (["mse", "l1"], ["mse"])]
        [(0, 4, 8), (1, 3, 7)]
    """
    fitting = [number for number, model in enumerate(models) if model.loss in losses]
    places = np.linspace(0, len(fitting) - 1, min(count, len(fitting)))
    return tuple(fitting[int(place)] for place in places)
