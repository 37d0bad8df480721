"""Forward and backward passes of many MLPs at once, without autograd, and their dropout masks."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from losslab.training.activations import Activation
from losslab.training.dropout import compute_threshold, dropout_hash, hash_row, wrap_seed
from losslab.training.mlp import BLOCK, Layout


class DropoutMasks:
    """The dropout masks of ``M`` models.

    Args:
        rate: the share of units dropped, the same for all models.
        seeds: the models'.
        widths: of the hidden layers.
        like: a tensor of the masks' dtype and device.
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

    def compute_factors(self, steps_done: Tensor, rows: int) -> list[Tensor]:
        """Compute the factors of every hidden layer's units.

        Args:
            steps_done: steps of each model so far, ``(M, 1)`` in int64.
            rows: of the batch.

        Shape:
            -> for each layer ``(M, B, U)``
        """
        indices = torch.arange(rows, device=self._units.device).unsqueeze(1)
        keys = hash_row(self._seeds, steps_done.unsqueeze(2), self._layers, indices)
        return [
            (dropout_hash(key, self._units[:width]) >= self._threshold)
            .to(self._dtype)
            .mul_(self._scale)
            for key, width in zip(keys, self._widths, strict=True)
        ]


# Multiplications of a step from which a model is large: the overhead of separate matrix products
# is then below 1 %.
_LARGE = 10**8


def is_large(rows: int, weights: int) -> bool:
    """Whether each model's matrix products are separate calls, by padded batch and weights.

    Only then a lone model uses the same kernels as one of many.

    Examples:
        >>> is_large(rows=32, weights=13_000), is_large(rows=256, weights=500_000)
        (False, True)
    """
    return 3 * rows * weights >= _LARGE


class Layer:
    """The weights and biases of one layer of ``M`` models, and their gradients.

    A layer with one output multiplies and sums, which is five times faster than a matrix product.

    Args:
        weights: ``(M, I, O)``.
        biases: ``(M, 1, O)``.
        weights_gradient, biases_gradient: the same shapes.
        separate: whether each model's products are separate calls.
    """

    def __init__(
        self,
        weights: Tensor,
        biases: Tensor,
        weights_gradient: Tensor,
        biases_gradient: Tensor,
        separate: bool,
    ) -> None:
        self.weights, self.biases = weights, biases
        self.transposed = weights.transpose(1, 2)
        self.weights_gradient, self.biases_gradient = weights_gradient, biases_gradient
        self.separate = separate
        models, inputs, outputs = weights.shape
        self.models = range(models)
        self.single = outputs == 1
        # The gradients are strided by a whole model. Contiguous products are faster, and round
        # alike if each begins on a whole block.
        contiguous = not separate and not self.single and inputs * outputs % BLOCK == 0
        self.product = weights.new_empty(weights.shape) if contiguous else None

    def forward(self, x: Tensor) -> Tensor:
        """Compute the output, ``(M, B, I)`` -> ``(M, B, O)``."""
        if self.single:
            return (x * self.transposed).sum(-1, keepdim=True).add_(self.biases)
        if not self.separate:
            return torch.baddbmm(self.biases, x, self.weights)
        z = x.new_empty(*x.shape[:2], self.weights.shape[2])
        for m in self.models:
            torch.addmm(self.biases[m], x[m], self.weights[m], out=z[m])
        return z

    def backward(self, x: Tensor, upstream: Tensor) -> None:
        """Compute the gradients of weights and biases from the input and the upstream gradient."""
        if self.separate:
            for m in self.models:
                torch.sum(upstream[m], 0, keepdim=True, out=self.biases_gradient[m])
                torch.mm(x[m].T, upstream[m], out=self.weights_gradient[m])
            return
        torch.sum(upstream, 1, keepdim=True, out=self.biases_gradient)
        if self.single:
            torch.sum(x * upstream, 1, out=self.weights_gradient.squeeze(2))
        elif self.product is not None:
            self.weights_gradient.copy_(torch.bmm(x.transpose(1, 2), upstream, out=self.product))
        else:
            torch.bmm(x.transpose(1, 2), upstream, out=self.weights_gradient)

    def compute_input_gradient(self, upstream: Tensor) -> Tensor:
        """Compute the gradient in the input, ``(M, B, O)`` -> ``(M, B, I)``."""
        if self.single:
            return upstream * self.transposed
        if not self.separate:
            return torch.bmm(upstream, self.transposed)
        gradient = upstream.new_empty(*upstream.shape[:2], self.weights.shape[1])
        for m in self.models:
            torch.mm(upstream[m], self.transposed[m], out=gradient[m])
        return gradient


@dataclass
class Network:
    """``M`` models of one architecture over flat weights and gradients.

    Args:
        layout: the architecture.
        activation: the function between layers.
        weights, gradient: ``(M, P)``; ``gradient`` is overwritten by ``backward``.
        separate: whether each model's products are separate calls.
    """

    layout: Layout
    activation: Activation
    weights: Tensor
    gradient: Tensor
    separate: bool
    # Saved by ``forward`` for ``backward``: every layer's input, its output before and after the
    # activation, and the dropout factors.
    _inputs: list[Tensor] = field(default_factory=list)
    _before: list[Tensor] = field(default_factory=list)
    _after: list[Tensor] = field(default_factory=list)
    _factors: Sequence[Tensor] = ()

    def __post_init__(self) -> None:
        views = zip(self.layout.views(self.weights), self.layout.views(self.gradient), strict=True)
        self._layers = [Layer(*weights, *gradients, self.separate) for weights, gradients in views]

    def forward(self, x: Tensor, factors: Sequence[Tensor] = ()) -> Tensor:
        """Return the last layer's output.

        Args:
            x: ``(M, B, F)``.
            factors: dropout factors of each hidden layer's units, ``(M, B, U)``, if any.

        Shape:
            -> z ``(M, B, K)``
        """
        self._inputs, self._before, self._after, self._factors = [x], [], [], factors
        *hidden, last = self._layers
        for index, layer in enumerate(hidden):
            z = layer.forward(self._inputs[-1])
            after = self.activation.fn(z)
            self._before.append(z)
            self._after.append(after)
            self._inputs.append(after * factors[index] if factors else after)
        return last.forward(self._inputs[-1])

    def backward(self, upstream: Tensor) -> None:
        """Fill ``gradient`` from the gradient of the loss in ``z``, ``(M, B, K)``."""
        for index in range(len(self._layers) - 1, -1, -1):
            layer = self._layers[index]
            layer.backward(self._inputs[index], upstream)
            if index:
                gradient = layer.compute_input_gradient(upstream)
                if self._factors:
                    gradient.mul_(self._factors[index - 1])
                upstream = self.activation.backward(
                    gradient, self._before[index - 1], self._after[index - 1]
                )
