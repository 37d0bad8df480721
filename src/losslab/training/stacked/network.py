"""Forward and backward of many MLPs at once, by hand."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from losslab.training.activation import Activation
from losslab.training.layout import Layout


@dataclass
class Network:
    """``M`` models of one architecture over flat weights and gradients.

    Args:
        layout: the architecture.
        activation: the function between layers.
        weights, gradient: ``(M, P)``; ``gradient`` is overwritten by ``backward``.
    """

    layout: Layout
    activation: Activation
    weights: Tensor
    gradient: Tensor
    # What ``forward`` leaves for ``backward``: every layer's input, and its output before the
    # activation.
    _inputs: list[Tensor] = field(default_factory=list)
    _before: list[Tensor] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._layers = self.layout.views(self.weights)
        self._slopes = self.layout.views(self.gradient)

    def forward(self, x: Tensor) -> Tensor:
        """Return the last layer's output.

        Shape
            x ``(M, B, F)`` -> z ``(M, B, K)``
        """
        self._inputs, self._before = [x], []
        last = len(self._layers) - 1
        for index, (weights, biases) in enumerate(self._layers):
            z = torch.baddbmm(biases, self._inputs[-1], weights)
            if index == last:
                return z
            self._before.append(z)
            self._inputs.append(self.activation.fn(z))
        raise AssertionError("an MLP has at least one layer")

    def backward(self, slope: Tensor) -> None:
        """Fill ``gradient`` from the slope of the loss in ``z``, ``(M, B, K)``."""
        for index in range(len(self._layers) - 1, -1, -1):
            inputs = self._inputs[index]
            weights_slope, biases_slope = self._slopes[index]
            torch.bmm(inputs.transpose(1, 2), slope, out=weights_slope)
            torch.sum(slope, 1, keepdim=True, out=biases_slope)
            if index:
                below = torch.bmm(slope, self._layers[index][0].transpose(1, 2))
                slope = self.activation.backward(below, self._before[index - 1], inputs)
