"""The products of one layer of many models."""

import torch
from torch import Tensor

from losslab.training.layout import BLOCK

# Multiplications of a step from which a model is large: calling its products one by one then takes
# no more than a hundredth of them.
_LARGE = 10**8


def is_large(rows: int, weights: int) -> bool:
    """Whether a model's products go one by one, by its padded batch and its number of weights.

    A lone model takes the same kernels as one of many only then.

    >>> is_large(rows=32, weights=13_000), is_large(rows=256, weights=500_000)
    (False, True)
    """
    return 3 * rows * weights >= _LARGE


class Layer:
    """The weights and biases of one layer of ``M`` models, and where their slopes go.

    A layer with one output multiplies and sums, which takes a fifth of a matrix product's time.

    Args:
        weights: ``(M, I, O)``.
        biases: ``(M, 1, O)``.
        weights_slope, biases_slope: the same shapes.
        one_by_one: whether each model's products are made by themselves.
    """

    def __init__(
        self,
        weights: Tensor,
        biases: Tensor,
        weights_slope: Tensor,
        biases_slope: Tensor,
        one_by_one: bool,
    ) -> None:
        self.weights, self.biases = weights, biases
        self.turned = weights.transpose(1, 2)
        self.weights_slope, self.biases_slope = weights_slope, biases_slope
        self.one_by_one = one_by_one
        models, inputs, outputs = weights.shape
        self.models = range(models)
        self.single = outputs == 1
        # Slopes lie a whole model apart, where products are made one by one; side by side they are
        # faster, and round alike if each begins on a whole block.
        side_by_side = not one_by_one and not self.single and inputs * outputs % BLOCK == 0
        self.product = weights.new_empty(weights.shape) if side_by_side else None

    def forward(self, x: Tensor) -> Tensor:
        """``(M, B, I)`` -> ``(M, B, O)``."""
        if self.single:
            return (x * self.turned).sum(-1, keepdim=True).add_(self.biases)
        if not self.one_by_one:
            return torch.baddbmm(self.biases, x, self.weights)
        z = x.new_empty(*x.shape[:2], self.weights.shape[2])
        for m in self.models:
            torch.addmm(self.biases[m], x[m], self.weights[m], out=z[m])
        return z

    def backward(self, x: Tensor, slope: Tensor) -> None:
        """Write down the slopes of weights and biases, from inputs and the slope of the output."""
        if self.one_by_one:
            for m in self.models:
                torch.sum(slope[m], 0, keepdim=True, out=self.biases_slope[m])
                torch.mm(x[m].T, slope[m], out=self.weights_slope[m])
            return
        torch.sum(slope, 1, keepdim=True, out=self.biases_slope)
        if self.single:
            torch.sum(x * slope, 1, out=self.weights_slope.squeeze(2))
        elif self.product is not None:
            self.weights_slope.copy_(torch.bmm(x.transpose(1, 2), slope, out=self.product))
        else:
            torch.bmm(x.transpose(1, 2), slope, out=self.weights_slope)

    def below(self, slope: Tensor) -> Tensor:
        """The slope of the input, ``(M, B, O)`` -> ``(M, B, I)``."""
        if self.single:
            return slope * self.turned
        if not self.one_by_one:
            return torch.bmm(slope, self.turned)
        below = slope.new_empty(*slope.shape[:2], self.weights.shape[1])
        for m in self.models:
            torch.mm(slope[m], self.turned[m], out=below[m])
        return below
