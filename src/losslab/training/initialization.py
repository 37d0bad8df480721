"""Random numbers of a run, made on the host and shared by all engines.

They are counter-based and keyed by (seed, purpose), so that they depend on nothing else: not on
the engine, nor on which runs share a fleet.
"""

import threading
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losslab.core.hashing import seed_for

Layer = tuple[NDArray[np.float64], NDArray[np.float64]]


def layer_sizes(n_features: int, hidden: Sequence[int], n_outputs: int) -> tuple[int, ...]:
    """The widths of all layers, input and output included."""
    return (n_features, *hidden, n_outputs)


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
        generator = _start_stream(seed, "weights", index)
        bound = 1.0 / np.sqrt(inputs)
        layers.append(
            (
                generator.uniform(-bound, bound, (inputs, outputs)),
                generator.uniform(-bound, bound, outputs),
            )
        )
    return layers


def draw_batch_order(n_rows: int, seed: int, epoch: int) -> NDArray[np.int64]:
    """The order in which one epoch visits its rows."""
    return _start_stream(seed, "batches", epoch).permutation(n_rows)


class _Streams(threading.local):
    """One generator a thread, set to a new stream for each use.

    Making one takes longer than an epoch's order: NumPy asks the system for entropy it won't use.
    """

    def __init__(self) -> None:
        self.philox = np.random.Philox(key=0)
        self.generator = np.random.Generator(self.philox)
        self.start = self.philox.state


_streams = _Streams()


def _start_stream(seed: int, purpose: str, counter: int) -> np.random.Generator:
    """The generator of this thread at the start of a stream; whoever asks next moves it on."""
    start: Any = _streams.start
    start["state"]["key"][0] = seed_for(seed, purpose, counter)
    _streams.philox.state = start
    return _streams.generator
