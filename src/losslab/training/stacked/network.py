"""Forward and backward of many MLPs at once, by hand."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from torch import Tensor

from losslab.training.activation import Activation
from losslab.training.layout import Layout
from losslab.training.stacked.products import Layer


@dataclass
class Network:
    """``M`` models of one architecture over flat weights and gradients.

    Args:
        layout: the architecture.
        activation: the function between layers.
        weights, gradient: ``(M, P)``; ``gradient`` is overwritten by ``backward``.
        one_by_one: whether each model's products are made by themselves.
    """

    layout: Layout
    activation: Activation
    weights: Tensor
    gradient: Tensor
    one_by_one: bool
    # What ``forward`` leaves for ``backward``: every layer's input, its output before and after
    # the activation, and what dropout multiplied that by.
    _inputs: list[Tensor] = field(default_factory=list)
    _before: list[Tensor] = field(default_factory=list)
    _after: list[Tensor] = field(default_factory=list)
    _factors: Sequence[Tensor] = ()

    def __post_init__(self) -> None:
        views = zip(self.layout.views(self.weights), self.layout.views(self.gradient), strict=True)
        self._layers = [Layer(*numbers, *slopes, self.one_by_one) for numbers, slopes in views]

    def forward(self, x: Tensor, factors: Sequence[Tensor] = ()) -> Tensor:
        """Return the last layer's output.

        Args:
            x: ``(M, B, F)``.
            factors: what each hidden layer's units are multiplied by, ``(M, B, U)``, if anything.

        Shape
            -> z ``(M, B, K)``
        """
        self._inputs, self._before, self._after, self._factors = [x], [], [], factors
        last = len(self._layers) - 1
        for index, layer in enumerate(self._layers):
            z = layer.forward(self._inputs[-1])
            if index == last:
                return z
            after = self.activation.fn(z)
            self._before.append(z)
            self._after.append(after)
            self._inputs.append(after * factors[index] if factors else after)
        raise AssertionError("an MLP has at least one layer")

    def backward(self, slope: Tensor) -> None:
        """Fill ``gradient`` from the slope of the loss in ``z``, ``(M, B, K)``."""
        for index in range(len(self._layers) - 1, -1, -1):
            layer = self._layers[index]
            layer.backward(self._inputs[index], slope)
            if index:
                below = layer.below(slope)
                if self._factors:
                    below.mul_(self._factors[index - 1])
                slope = self.activation.backward(
                    below, self._before[index - 1], self._after[index - 1]
                )
