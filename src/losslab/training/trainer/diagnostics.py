"""What an epoch shows of training that can't get far: columns out of scale, or a model stuck.

Each is worth a warning rather than a refusal: somebody may want to see just that.
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from losslab.training.trainer.arrays import Input
from losslab.training.trainer.forward import forward, use_eval_mode
from losslab.training.trainer.output_origin import OutputActivation, find_output_activation

# Columns must differ in their largest numbers and in their mean squares, so that neither a rare
# category nor one outlier among scaled numbers looks like another scale.
_APART, _MEAN_APART = 100.0, 30.0
_SCALED, _ENOUGH = 3.0, 16


class Diagnostics:
    """Watch a model train: the columns of its inputs for one epoch, its gradients for all.

    Args:
        model: what is trained.
        head: what the loss makes of the model's output, if anything.
    """

    def __init__(self, model: nn.Module, head: Callable[[Tensor], Tensor] | None) -> None:
        self.model, self.head = model, head
        self.scales: _ColumnScales | None = _ColumnScales()
        self.first: Input | None = None
        self.moved = self.told_stuck = False

    def observe(self, x: Input) -> None:
        """Look at a batch, and at the gradients that its step has left."""
        self.first = x if self.first is None else self.first
        self.moved = self.moved or _has_gradient(self.model)
        if (
            self.scales is not None
            and isinstance(x, Tensor)
            and _is_linear_over_columns(self.model, x)
        ):
            self.scales.add(x)

    def messages(self, loss: float) -> Iterator[str]:
        """Say what was seen and not yet said, after an epoch with this mean loss."""
        apart = self.scales and self.scales.apart()
        if apart:
            yield apart
        self.scales = None
        stuck = None if self.moved or self.told_stuck or loss == 0.0 else self._stuck()
        if stuck:
            self.told_stuck = True
            yield stuck
        self.first, self.moved = None, False

    def _stuck(self) -> str | None:
        if self.first is None:
            return None
        with use_eval_mode(self.model), torch.enable_grad():
            z = forward(self.model, self.first)
            output = z if self.head is None else self.head(z)
        seen = output.detach()
        if len(seen) < 2 or not bool((seen == seen[:1]).all()):
            return None
        number = seen.flatten()[0]
        same = f"{number.item():g}" if bool((seen == number).all()) else "the same for every row"
        reason = _explain_stuck(find_output_activation(output))
        return f"every output is {same} and no gradient flows: {reason}"


class _ColumnScales:
    """The largest size and the mean square of the numbers in each column."""

    def __init__(self) -> None:
        self.rows = 0
        self.largest, self.squares = torch.zeros(()), torch.zeros(())

    def add(self, x: Tensor) -> None:
        """Count a batch in."""
        sizes = x.detach().abs().float()
        self.rows += len(x)
        self.largest = torch.maximum(self.largest.to(sizes), sizes.amax(0))
        self.squares = self.squares.to(sizes) + sizes.square().sum(0)

    def apart(self) -> str | None:
        """Say which columns are furthest apart in scale, if that is too far."""
        if self.rows < _ENOUGH or not self.largest.any():
            return None
        root = (self.squares / self.rows).sqrt()
        # A column of zeros has no scale.
        low = int(root.where(root > 0, torch.inf).argmin())
        high = int(root.argmax())
        factor = float(self.largest[high] / self.largest[low])
        if root[high] < _SCALED or factor < _APART or root[high] < _MEAN_APART * root[low]:
            return None
        return (
            f"the columns of x differ in scale by a factor of {factor:.0f}: column {high} reaches "
            f"{self.largest[high].item():g}, column {low} only {self.largest[low].item():g}; scale "
            "the features first, for example by (x - x.mean(0)) / x.std(0) of the training rows"
        )


def _has_gradient(model: nn.Module) -> bool:
    """Whether any weight was moved by its gradient, as far as gradients are still there."""
    gradients = [part.grad for part in model.parameters() if part.grad is not None]
    return not gradients or any(
        gradient.is_sparse or bool(gradient.any()) for gradient in gradients
    )


def _is_linear_over_columns(model: nn.Module, x: Tensor) -> bool:
    """Whether the first part of a model that has numbers of its own is a layer over columns of x.

    Any other may look up, scale or normalise the inputs.
    """
    first = next((part for part in model.modules() if _has_numbers(part)), None)
    columns = x.ndim == 2 and x.is_floating_point()
    return columns and isinstance(first, nn.Linear) and first.in_features == x.shape[1]


def _has_numbers(part: nn.Module) -> bool:
    return bool(list(part.parameters(recurse=False)) or list(part.buffers(recurse=False)))


def _explain_stuck(origin: OutputActivation | None) -> str:
    again = "lower the learning rate or scale the features, and start again from fresh weights"
    if origin is None or origin.head.name == "identity":
        return f"training stands still; {again}"
    if origin.width == 1:
        return f"{origin.name} over a single output is always that; give the model more outputs"
    if origin.head.name == "relu":
        return (
            "the last ReLU is dead; start again from fresh weights without it (softplus keeps "
            "outputs above 0 and stays alive)"
        )
    return f"{origin.name} at the end of the model is saturated; {again}"
