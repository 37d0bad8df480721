"""How the parameters of many MLPs lie in one (M, P) tensor."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

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
        models, start = flat.shape[0], 0
        layers = []
        for inputs, outputs in pairwise(self.sizes):
            weights = flat[:, start : start + inputs * outputs].view(models, inputs, outputs)
            start += padded(inputs * outputs)
            biases = flat[:, start : start + outputs].view(models, 1, outputs)
            start += padded(outputs)
            layers.append((weights, biases))
        return layers

    def fill(self, flat: Tensor, models: Sequence[Sequence[Layer]]) -> None:
        """Copy the layers of every model into their places."""
        for m, layers in enumerate(models):
            places = self.views(flat[m : m + 1])
            for (weights, biases), place in zip(layers, places, strict=True):
                place[0][0].copy_(torch.from_numpy(weights))
                place[1][0, 0].copy_(torch.from_numpy(biases))

    def read(self, flat: Tensor, model: int) -> list[Layer]:
        """Copy the layers of one model out of its row."""
        return [
            (
                weights[0].double().cpu().numpy().copy(),
                biases[0, 0].double().cpu().numpy().copy(),
            )
            for weights, biases in self.views(flat[model : model + 1])
        ]
