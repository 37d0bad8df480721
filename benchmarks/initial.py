"""Initial weights as PyTorch draws them, for peers without an initialisation of their own."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Drawn = list[tuple[NDArray[np.float32], NDArray[np.float32]]]


def draw_layers(sizes: tuple[int, ...], generator: np.random.Generator) -> Drawn:
    """Draw weights ``(inputs, outputs)`` and biases ``(outputs,)`` of each layer."""
    layers = []
    for inputs, outputs in pairwise(sizes):
        bound = inputs**-0.5
        weights = generator.uniform(-bound, bound, (inputs, outputs))
        biases = generator.uniform(-bound, bound, outputs)
        layers.append((weights.astype(np.float32), biases.astype(np.float32)))
    return layers
