"""Initial weights and batch order of a run, drawn on the host for all engines.

The generator is counter-based and keyed by (seed, purpose), so that the numbers depend neither on
the engine nor on the runs that share a fleet.
"""

import threading
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losslab.core.hashing import derive_seed

Layer = tuple[NDArray[np.float64], NDArray[np.float64]]


def draw_weights(sizes: Sequence[int], seed: int) -> list[Layer]:
    r"""Draw the weights and biases of an MLP as PyTorch's ``nn.Linear`` does.

    Formula:
        .. math:: w, b \sim U\left(-\tfrac{1}{\sqrt{n}}, \tfrac{1}{\sqrt{n}}\right)
            \text{ with } n \text{ inputs}
    Shape:
        for each layer: weights ``(inputs, outputs)``, biases ``(outputs,)``
    """
    layers = []
    for index, (inputs, outputs) in enumerate(pairwise(sizes)):
        generator, bound = _start_stream(seed, "weights", index), 1.0 / np.sqrt(inputs)
        weights = generator.uniform(-bound, bound, (inputs, outputs))
        layers.append((weights, generator.uniform(-bound, bound, outputs)))
    return layers


def draw_batch_order(n_rows: int, seed: int, epoch: int) -> NDArray[np.int64]:
    """Draw the order in which one epoch visits its rows."""
    return _start_stream(seed, "batches", epoch).permutation(n_rows)


class _Streams(threading.local):
    """One generator per thread, reset to another stream for each use.

    Building one takes longer than drawing an order: NumPy asks the system for unused entropy.
    """

    def __init__(self) -> None:
        self.philox = np.random.Philox(key=0)
        self.generator = np.random.Generator(self.philox)
        self.start = self.philox.state


_streams = _Streams()


def _start_stream(seed: int, purpose: str, counter: int) -> np.random.Generator:
    """Reset the generator of this thread to the start of a stream."""
    start: Any = _streams.start
    start["state"]["key"][0] = derive_seed(seed, purpose, counter)
    _streams.philox.state = start
    return _streams.generator
