"""The multilayer perceptron as an ``nn.Module``, and its parameters in a shared tensor."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from losslab.core.errors import OptionError
from losslab.training.catalog import ACTIVATIONS
from losslab.training.dropout import Dropout, check_rate
from losslab.training.initialization import Layer, draw_weights

# Elementwise kernels work in blocks of two vectors and treat the rest one number at a time, with
# other roundings. 32 numbers are two of the widest vectors (64 bytes of float32), so a model whose
# tensors are padded to 32 has no remainder, and rounds alike in any fleet.
BLOCK = 32


def round_up(count: int) -> int:
    """Round up to a whole number of blocks.

    Examples:
        >>> round_up(1), round_up(32), round_up(33)
        (32, 32, 64)
    """
    return -(-count // BLOCK) * BLOCK


@dataclass(frozen=True)
class Layout:
    """The layer widths of one architecture, and the place of each layer in a row of parameters.

    Examples:
        >>> Layout((4, 8, 1)).size
        128
    """

    sizes: tuple[int, ...]

    @property
    def size(self) -> int:
        """The length ``P`` of one model's row, including padding."""
        return sum(round_up(i * o) + round_up(o) for i, o in pairwise(self.sizes))

    def views(self, flat: Tensor) -> list[tuple[Tensor, Tensor]]:
        """View weights ``(M, inputs, outputs)`` and biases ``(M, 1, outputs)`` of every layer."""
        models = flat.shape[0]
        return [
            (flat[:, weights].view(models, *shape), flat[:, biases].view(models, 1, shape[1]))
            for weights, biases, shape in self._iterate_slices()
        ]

    def fill(self, flat: Tensor, models: Sequence[Sequence[Layer]]) -> None:
        """Copy the layers of all models into their rows."""
        row = np.zeros(self.size)
        for m, layers in enumerate(models):
            for layer, (weights, biases, _) in zip(layers, self._iterate_slices(), strict=True):
                row[weights], row[biases] = layer[0].ravel(), layer[1]
            flat[m].copy_(torch.from_numpy(row))

    def read(self, flat: Tensor, model: int) -> list[Layer]:
        """Copy the layers of one model out of its row."""
        row = flat[model].double().cpu().numpy()
        return [
            (row[weights].reshape(shape).copy(), row[biases].copy())
            for weights, biases, shape in self._iterate_slices()
        ]

    def _iterate_slices(self) -> Iterator[tuple[slice, slice, tuple[int, int]]]:
        """Yield the slices of every layer's weights and biases, and the shape of the weights."""
        start = 0
        for inputs, outputs in pairwise(self.sizes):
            weights = slice(start, start + inputs * outputs)
            start += round_up(inputs * outputs)
            biases = slice(start, start + outputs)
            start += round_up(outputs)
            yield weights, biases, (inputs, outputs)


class MLP(nn.Module):
    """Linear layers with an activation after each but the last; the head is the objective's part.

    Args:
        n_features: the number of inputs.
        hidden: the widths of the hidden layers; empty for a linear model.
        n_outputs: the width of the last layer.
        activation: a name, such as relu, tanh, gelu, silu, leaky_relu or identity.
        seed: seed of the initial weights and of dropout; None uses PyTorch's generator.
        dropout: the share of every hidden layer's units that a training pass drops.

    Shape:
        x ``(B, F)`` -> z ``(B, K)``

    Examples:
        >>> MLP(4, (8,), 1, seed=0)(torch.zeros(2, 4)).shape
        torch.Size([2, 1])
    """

    def __init__(  # noqa: PLR0913  (a network's settings are its interface)
        self,
        n_features: int,
        hidden: Sequence[int],
        n_outputs: int,
        activation: str = "relu",
        seed: int | None = None,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        sizes = (n_features, *hidden, n_outputs)
        if min(sizes) < 1:
            raise OptionError(
                "an MLP needs at least one input, one output and one unit per hidden layer",
                got=f"widths {', '.join(map(str, sizes))}",
                fix="hidden=(64, 64), or hidden=() for a linear model",
            )
        check_rate(dropout)
        linear = [nn.Linear(inputs, outputs) for inputs, outputs in pairwise(sizes)]
        layers: list[nn.Module] = [linear[0]]
        dropout_seed = seed
        if dropout and seed is None:  # after the weights, which are the same without dropout
            dropout_seed = int(torch.randint(2**62, ()))
        for index, following in enumerate(linear[1:]):
            layers.append(ACTIVATIONS[activation].module())
            if dropout:
                layers.append(Dropout(dropout, dropout_seed or 0, index))
            layers.append(following)
        self.layers = nn.Sequential(*layers)
        self.sizes = sizes
        if seed is not None:
            self.set_weights(draw_weights(sizes, seed))

    def set_weights(self, layers: Sequence[Layer]) -> None:
        """Copy weights ``(inputs, outputs)`` and biases ``(outputs,)`` into every layer."""
        with torch.no_grad():
            for layer, (weights, biases) in zip(self._linear(), layers, strict=True):
                layer.weight.copy_(torch.from_numpy(np.ascontiguousarray(weights.T)))
                layer.bias.copy_(torch.from_numpy(biases))

    def get_weights(self) -> list[Layer]:
        """Copy weights ``(inputs, outputs)`` and biases ``(outputs,)`` out of every layer."""
        return [
            (
                layer.weight.detach().double().cpu().numpy().T.copy(),
                layer.bias.detach().double().cpu().numpy().copy(),
            )
            for layer in self._linear()
        ]

    def _linear(self) -> list[nn.Linear]:
        return [layer for layer in self.layers if isinstance(layer, nn.Linear)]

    def forward(self, x: Tensor) -> Tensor:
        """Return the last layer's output, before any head."""
        out: Tensor = self.layers(x)
        return out
