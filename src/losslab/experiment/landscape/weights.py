"""All numbers of a network in one row, and back."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from losslab.training.initial import Layer

Numbers = TypeVar("Numbers", NDArray[np.float64], Tensor)


def size_of(sizes: Sequence[int]) -> int:
    """The number ``P`` of weights and biases of an MLP with these layer widths.

    >>> size_of((4, 8, 1))
    49
    """
    return sum(inputs * outputs + outputs for inputs, outputs in pairwise(sizes))


def row_of(layers: Sequence[Layer]) -> NDArray[np.float64]:
    """Put weights ``(inputs, outputs)`` and biases ``(outputs,)`` of all layers into ``(P,)``."""
    return np.concatenate([part.ravel() for layer in layers for part in layer])


def layers_of(rows: Numbers, sizes: Sequence[int]) -> list[tuple[Numbers, Numbers]]:
    """Views of weights ``(M, inputs, outputs)`` and biases ``(M, 1, outputs)`` in ``(M, P)``."""
    models, start = rows.shape[0], 0
    layers = []
    for inputs, outputs in pairwise(sizes):
        middle, end = start + inputs * outputs, start + (inputs + 1) * outputs
        weights = rows[:, start:middle].reshape(models, inputs, outputs)
        layers.append((weights, rows[:, middle:end].reshape(models, 1, outputs)))
        start = end
    return layers
