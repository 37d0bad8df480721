"""How the parameters of many MLPs lie in one (M, P) tensor."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from losslab.training.initial import Layer

# Elementwise kernels work in blocks of two vectors and finish the rest one number at a time, with
# other roundings. 32 numbers are two of the widest vectors (64 bytes of float32), so a model whose
# tensors are padded to 32 never has a rest, and rounds alike whatever shares its fleet.
BLOCK = 32


def padded(count: int) -> int:
    """Round up to a whole number of blocks.

    >>> padded(1), padded(32), padded(33)
    (32, 32, 64)
    """
    return -(-count // BLOCK) * BLOCK


@dataclass(frozen=True)
class Layout:
    """The layer widths of one architecture, and where each layer's numbers lie.

    >>> Layout((4, 8, 1)).size
    128
    """

    sizes: tuple[int, ...]

    @property
    def size(self) -> int:
        """The length ``P`` of one model's row, padding included."""
        return sum(padded(i * o) + padded(o) for i, o in pairwise(self.sizes))

    def views(self, flat: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Weights ``(M, inputs, outputs)`` and biases ``(M, 1, outputs)`` of every layer."""
        models = flat.shape[0]
        return [
            (flat[:, weights].view(models, *shape), flat[:, biases].view(models, 1, shape[1]))
            for weights, biases, shape in self._places()
        ]

    def fill(self, flat: Tensor, models: Sequence[Sequence[Layer]]) -> None:
        """Copy the layers of every model into their places."""
        row = np.zeros(self.size)
        for m, layers in enumerate(models):
            for layer, (weights, biases, _) in zip(layers, self._places(), strict=True):
                row[weights], row[biases] = layer[0].ravel(), layer[1]
            flat[m].copy_(torch.from_numpy(row))

    def read(self, flat: Tensor, model: int) -> list[Layer]:
        """Copy the layers of one model out of its row."""
        row = flat[model].double().cpu().numpy()
        return [
            (row[weights].reshape(shape).copy(), row[biases].copy())
            for weights, biases, shape in self._places()
        ]

    def _places(self) -> Iterator[tuple[slice, slice, tuple[int, int]]]:
        """Where every layer's weights and biases lie in a row, and the weights' shape."""
        start = 0
        for inputs, outputs in pairwise(self.sizes):
            weights = slice(start, start + inputs * outputs)
            start += padded(inputs * outputs)
            biases = slice(start, start + outputs)
            start += padded(outputs)
            yield weights, biases, (inputs, outputs)
