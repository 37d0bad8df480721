"""Reductions of unreduced losses to rows and batches."""

from typing import Literal

from torch import Tensor


def reduce_outputs(values: Tensor, over_outputs: Literal["mean", "sum", "joint"]) -> Tensor:
    """Reduce the last axis, the ``K`` outputs of a row, unless the loss has done so.

    Shape:
        values ``(..., K)``, or ``(...)`` if joint -> ``(...)``
    """
    if over_outputs == "joint":
        return values
    return values.mean(-1) if over_outputs == "mean" else values.sum(-1)


def average_rows(rows: Tensor, weight: Tensor) -> Tensor:
    r"""Compute the weighted mean of row losses over the last axis.

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
    # Rows of weight zero are ignored, even if their loss is infinite or NaN.
    present = rows.masked_fill(weight == 0, 0.0)
    mean = (present * weight).sum(-1) / total.where(total != 0, 1.0)
    return mean.masked_fill(total == 0, 0.0)
