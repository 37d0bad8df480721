"""Warnings about a model in training: columns of unlike scale, or no gradient at all.

These are warnings rather than errors, since they may be what somebody wants to demonstrate.
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from losslab.training.trainer.batches import Input
from losslab.training.trainer.forward import forward, use_eval_mode
from losslab.training.trainer.output_activation import OutputActivation, find_output_activation

# Columns must differ in their maxima and in their root mean squares, so that neither a rare
# category nor one outlier among scaled numbers looks like another scale.
_MIN_FACTOR, _MIN_RMS_FACTOR = 100.0, 30.0
_SCALED_RMS, _MIN_ROWS = 3.0, 16


class Diagnostics:
    """Observe a model in training: the columns of its inputs for one epoch, its gradients for all.

    Args:
        model: the model.
        head: the head of the objective, if any.
    """

    def __init__(self, model: nn.Module, head: Callable[[Tensor], Tensor] | None) -> None:
        self.model, self.head = model, head
        self.scales: _ColumnScales | None = _ColumnScales()
        self.first: Input | None = None
        self.has_gradient = self.reported_stuck = False

    def observe(self, x: Input) -> None:
        """Observe a batch, and the gradients of its step."""
        self.first = x if self.first is None else self.first
        self.has_gradient = self.has_gradient or _has_gradient(self.model)
        if self.scales and isinstance(x, Tensor) and _is_linear_over_columns(self.model, x):
            self.scales.add(x)

    def collect_warnings(self, loss: float) -> Iterator[str]:
        """Yield new warnings after an epoch with this mean loss."""
        mismatch = self.scales and self.scales.describe_mismatch()
        if mismatch:
            yield mismatch
        self.scales = None
        if not self.has_gradient and not self.reported_stuck and loss != 0.0:
            stuck = self._describe_stuck()
            if stuck:
                self.reported_stuck = True
                yield stuck
        self.first, self.has_gradient = None, False

    def _describe_stuck(self) -> str | None:
        if self.first is None:
            return None
        with use_eval_mode(self.model), torch.enable_grad():
            z = forward(self.model, self.first)
            output = z if self.head is None else self.head(z)
        values = output.detach()
        if len(values) < 2 or not (values == values[:1]).all():
            return None
        value = values.flatten()[0]
        same = f"{value.item():g}" if (values == value).all() else "the same for every row"
        reason = _explain_stuck(find_output_activation(output))
        return f"every output is {same} and no gradient flows: {reason}"


class _ColumnScales:
    """The maximum and the root mean square of the magnitudes in each column."""

    def __init__(self) -> None:
        self.rows = 0
        self.maximum, self.total = torch.zeros(()), torch.zeros(())

    def add(self, x: Tensor) -> None:
        """Add a batch."""
        sizes = x.detach().abs().float()
        self.rows += len(x)
        self.maximum = torch.maximum(self.maximum.to(sizes), sizes.amax(0))
        self.total = self.total.to(sizes) + sizes.square().sum(0)

    def describe_mismatch(self) -> str | None:
        """Describe the columns of the smallest and the largest scale, if they are too far apart."""
        if self.rows < _MIN_ROWS or not self.maximum.any():
            return None
        rms = (self.total / self.rows).sqrt()
        # A column of zeros has no scale.
        low, high = int(rms.where(rms > 0, torch.inf).argmin()), int(rms.argmax())
        factor = float(self.maximum[high] / self.maximum[low])
        is_close = factor < _MIN_FACTOR or rms[high] < _MIN_RMS_FACTOR * rms[low]
        if rms[high] < _SCALED_RMS or is_close:
            return None
        return (
            f"the columns of x differ in scale by a factor of {factor:.0f}: column {high} reaches "
            f"{self.maximum[high].item():g}, column {low} only {self.maximum[low].item():g}; scale "
            "the features first, for example by (x - x.mean(0)) / x.std(0) of the training rows"
        )


def _has_gradient(model: nn.Module) -> bool:
    """Return whether any gradient is not zero, or none was kept."""
    gradients = [part.grad for part in model.parameters() if part.grad is not None]
    return not gradients or any(
        gradient.is_sparse or bool(gradient.any()) for gradient in gradients
    )


def _is_linear_over_columns(model: nn.Module, x: Tensor) -> bool:
    """Return whether the first module with parameters or buffers is linear in the columns of x.

    Any other may be an embedding, or scale or normalize the inputs.
    """
    first = next(
        (m for m in model.modules() if [*m.parameters(recurse=False), *m.buffers(recurse=False)]),
        None,
    )
    has_columns = x.ndim == 2 and x.is_floating_point()
    return has_columns and isinstance(first, nn.Linear) and first.in_features == x.shape[1]


def _explain_stuck(activation: OutputActivation | None) -> str:
    again = "lower the learning rate or scale the features, and start again from fresh weights"
    if activation is None or activation.is_linear:
        return f"training stands still; {again}"
    if activation.width == 1:
        return f"{activation.name} over a single output is always that; give the model more outputs"
    if activation.head.name == "relu":
        return (
            "the last ReLU is dead; start again from fresh weights without it (softplus keeps "
            "outputs above 0 and stays alive)"
        )
    return f"{activation.name} at the end of the model is saturated; {again}"
