"""Forward and backward of many MLPs at once, by hand, with dropout."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from losslab.training.activations import Activation
from losslab.training.dropout import compute_threshold, dropout_hash, hash_row, wrap_seed
from losslab.training.mlp import BLOCK, Layout


class DropoutMasks:
    """What the hidden units of ``M`` models are multiplied by in each training step.

    Args:
        rate: the share left out, the same for all models.
        seeds: the models'.
        widths: of the hidden layers.
        like: a tensor whose dtype and device are taken.
    """

    def __init__(
        self, rate: float, seeds: Sequence[int], widths: Sequence[int], like: Tensor
    ) -> None:
        self._threshold, self._scale = compute_threshold(rate), 1.0 / (1.0 - rate)
        self._widths, self._dtype = widths, like.dtype
        words = torch.tensor([wrap_seed(seed) for seed in seeds]).to(like.device)
        self._seeds = words.view(-1, 1, 1)
        self._layers = torch.arange(len(widths), device=like.device).view(-1, 1, 1, 1)
        self._units = torch.arange(max(widths), device=like.device)

    def factors(self, made: Tensor, rows: int) -> list[Tensor]:
        """The factors of every hidden layer.

        Args:
            made: steps that each model has made so far, ``(M, 1)`` in int64.
            rows: of the batch.

        Shape
            -> for each layer ``(M, B, U)``
        """
        places = torch.arange(rows, device=self._units.device).unsqueeze(1)
        keys = hash_row(self._seeds, made.unsqueeze(2), self._layers, places)
        return [
            (dropout_hash(key, self._units[:width]) >= self._threshold)
            .to(self._dtype)
            .mul_(self._scale)
            for key, width in zip(keys, self._widths, strict=True)
        ]


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
    """The weights and biases of one layer of ``M`` models, and where their gradients go.

    A layer with one output multiplies and sums, which takes a fifth of a matrix product's time.

    Args:
        weights: ``(M, I, O)``.
        biases: ``(M, 1, O)``.
        weights_gradient, biases_gradient: the same shapes.
        one_by_one: whether each model's products are made by themselves.
    """

    def __init__(
        self,
        weights: Tensor,
        biases: Tensor,
        weights_gradient: Tensor,
        biases_gradient: Tensor,
        one_by_one: bool,
    ) -> None:
        self.weights, self.biases = weights, biases
        self.transposed = weights.transpose(1, 2)
        self.weights_gradient, self.biases_gradient = weights_gradient, biases_gradient
        self.one_by_one = one_by_one
        models, inputs, outputs = weights.shape
        self.models = range(models)
        self.single = outputs == 1
        # Gradients lie a whole model apart, where products are made one by one; side by side they
        # are faster, and round alike if each begins on a whole block.
        side_by_side = not one_by_one and not self.single and inputs * outputs % BLOCK == 0
        self.product = weights.new_empty(weights.shape) if side_by_side else None

    def forward(self, x: Tensor) -> Tensor:
        """``(M, B, I)`` -> ``(M, B, O)``."""
        if self.single:
            return (x * self.transposed).sum(-1, keepdim=True).add_(self.biases)
        if not self.one_by_one:
            return torch.baddbmm(self.biases, x, self.weights)
        z = x.new_empty(*x.shape[:2], self.weights.shape[2])
        for m in self.models:
            torch.addmm(self.biases[m], x[m], self.weights[m], out=z[m])
        return z

    def backward(self, x: Tensor, gradient: Tensor) -> None:
        """Store the gradients of weights and biases, given inputs and the output's gradient."""
        if self.one_by_one:
            for m in self.models:
                torch.sum(gradient[m], 0, keepdim=True, out=self.biases_gradient[m])
                torch.mm(x[m].T, gradient[m], out=self.weights_gradient[m])
            return
        torch.sum(gradient, 1, keepdim=True, out=self.biases_gradient)
        if self.single:
            torch.sum(x * gradient, 1, out=self.weights_gradient.squeeze(2))
        elif self.product is not None:
            self.weights_gradient.copy_(torch.bmm(x.transpose(1, 2), gradient, out=self.product))
        else:
            torch.bmm(x.transpose(1, 2), gradient, out=self.weights_gradient)

    def below(self, gradient: Tensor) -> Tensor:
        """The gradient of the input, ``(M, B, O)`` -> ``(M, B, I)``."""
        if self.single:
            return gradient * self.transposed
        if not self.one_by_one:
            return torch.bmm(gradient, self.transposed)
        below = gradient.new_empty(*gradient.shape[:2], self.weights.shape[1])
        for m in self.models:
            torch.mm(gradient[m], self.transposed[m], out=below[m])
        return below


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
        self._layers = [
            Layer(*numbers, *gradients, self.one_by_one) for numbers, gradients in views
        ]

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

    def backward(self, gradient: Tensor) -> None:
        """Fill ``gradient`` from the gradient of the loss in ``z``, ``(M, B, K)``."""
        for index in range(len(self._layers) - 1, -1, -1):
            layer = self._layers[index]
            layer.backward(self._inputs[index], gradient)
            if index:
                below = layer.below(gradient)
                if self._factors:
                    below.mul_(self._factors[index - 1])
                gradient = self.activation.backward(
                    below, self._before[index - 1], self._after[index - 1]
                )
