"""Losses as ``nn.Module``."""

from typing import Literal, Protocol

from torch import Tensor, nn

from losslab.core.errors import OptionError
from losslab.losses.reduction import reduce_outputs

REDUCTIONS = ("mean", "sum", "none")
# PyTorch's name for the mean over rows, since its ``mean`` is over rows and outputs.
MEAN_OVER_ROWS = "batchmean"


class Contract(Protocol):
    """The interface of a loss that a module uses."""

    @property
    def label(self) -> str: ...
    @property
    def over_outputs(self) -> Literal["mean", "sum", "joint"]: ...
    def check(self, prediction: Tensor, target: Tensor, pair_label: Tensor | None) -> None: ...
    def compute(self, prediction: Tensor, target: Tensor, pair_label: Tensor | None) -> Tensor: ...
    def for_target(self, target: Tensor) -> "Contract": ...


class LossModule(nn.Module):
    """A criterion as in PyTorch that checks the contract of its loss.

    Examples:
        >>> import torch
        >>> from losslab.losses.catalog import LOSSES
        >>> criterion = LOSSES["mse"].module()
        >>> criterion(torch.tensor([[1.0], [2.0]]), torch.tensor([[1.0], [4.0]]))
        tensor(2.)
    """

    def __init__(self, loss: Contract, *, reduction: str = "mean", unchecked: bool = False) -> None:
        super().__init__()
        if reduction == MEAN_OVER_ROWS and loss.over_outputs == "sum":
            reduction = "mean"
        if reduction not in REDUCTIONS:
            raise OptionError(
                "needed a reduction, one of mean, sum, none", got=repr(reduction), fix="'mean'"
            )
        self.loss, self.reduction, self.unchecked = loss, reduction, unchecked

    def forward(
        self, prediction: Tensor, target: Tensor, pair_label: Tensor | None = None
    ) -> Tensor:
        """Return the reduced loss of a batch, or one value per row or element for ``none``.

        Losses of pairs take two vectors per row and a label, 1 or -1, as in PyTorch.
        """
        if not self.unchecked:
            self.loss.check(prediction, target, pair_label)
        values = self.loss.compute(prediction, target, pair_label)
        if self.reduction == "none":
            return values
        if self.reduction == "sum":
            return values.sum()
        # All rows have equally many outputs: the mean over elements is the mean over rows of the
        # mean over outputs.
        over_outputs = self.loss.for_target(target).over_outputs
        rows = values if over_outputs != "sum" else reduce_outputs(values, "sum")
        return rows.mean()

    def extra_repr(self) -> str:
        """Return the label of the loss and the reduction."""
        return f"{self.loss.label}, reduction={self.reduction!r}"
