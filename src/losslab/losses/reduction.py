"""Reduction: from unreduced values to row values, and to the loss of a batch."""

from typing import Literal

from torch import Tensor


def reduce_outputs(values: Tensor, over_outputs: Literal["mean", "sum", "joint"]) -> Tensor:
    """Reduce the last axis, a row's ``K`` outputs, unless the loss has done so itself.

    Shape:
        values ``(..., K)``, or ``(...)`` if joint -> ``(...)``
    """
    if over_outputs == "joint":
        return values
    return values.mean(-1) if over_outputs == "mean" else values.sum(-1)


def average_rows(rows: Tensor, weight: Tensor) -> Tensor:
    r"""Average row values over the last axis.

    Formula:
        .. math:: \frac{\sum_i w_i \ell_i}{\sum_i w_i}, \quad 0 \text{ if } \sum_i w_i = 0

    Shape:
        rows ``(..., B)``, weight ``(..., B)`` -> ``(...)``

    Examples:
        >>> import torch
        >>> average_rows(torch.tensor([1.0, 3.0, 9.0]), torch.tensor([1.0, 1.0, 0.0]))
        tensor(2.)
    """
    total = weight.sum(-1)
    # A row of weight zero is absent, even where its value is infinite or not a number.
    present = rows.masked_fill(weight == 0, 0.0)
    mean = (present * weight).sum(-1) / total.where(total != 0, 1.0)
    return mean.masked_fill(total == 0, 0.0)
