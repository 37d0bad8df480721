"""What a tensor's values look like, from a sample of its rows; cheap, and silent in doubt.

These read values, so ask only at events that are ``due``.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

MOST_ROWS = 256
MOST_VALUES = 16_384


@dataclass(frozen=True, kw_only=True)
class Values:
    """A summary of a tensor's values.

    ``whole``: only integers. ``finite``: neither nan nor inf, and only then do the bounds mean
    anything. ``kinds``: the distinct values if there are at most three, in order, otherwise empty.
    ``sampled``: whether only a part was looked at.
    """

    lowest: float
    highest: float
    whole: bool
    finite: bool
    kinds: tuple[float, ...]
    sampled: bool

    def within(self, low: float, high: float) -> bool:
        """Whether every value lies in [low, high]."""
        return self.finite and low <= self.lowest and self.highest <= high


def sample(tensor: "Tensor") -> "Tensor":
    """Take the first rows of a tensor, without its graph."""
    rows = tensor.detach()
    while rows.ndim > 1 and rows.numel() > MOST_VALUES:
        least = max(1, min(MOST_ROWS, MOST_VALUES * len(rows) // rows.numel()))
        rows = rows[:least]
        if least == 1:
            rows = rows[0]
    return rows[:MOST_VALUES] if rows.ndim == 1 else rows


def values_of(tensor: "Tensor") -> Values | None:
    """Sum up a tensor's values, or None if it has none that can be ordered.

    >>> import torch
    >>> values_of(torch.tensor([0.0, 1.0, 1.0])).kinds
    (0.0, 1.0)
    """
    if not tensor.numel() or tensor.is_complex() or tensor.is_meta or tensor.is_sparse:
        return None
    rows = sample(tensor).double()
    low, high = float(rows.min()), float(rows.max())
    finite = bool(rows.isfinite().all())
    kinds = sorted(set(rows.reshape(-1)[:MOST_ROWS].tolist())) if finite else []
    few = len(kinds) <= 3 and sum(int((rows == kind).sum()) for kind in kinds) == rows.numel()
    return Values(
        lowest=low,
        highest=high,
        whole=finite and bool((rows == rows.round()).all()),
        finite=finite,
        kinds=tuple(kinds) if few else (),
        sampled=rows.numel() < tensor.numel(),
    )


def distributions(tensor: "Tensor", axis: int) -> bool:
    """Tell whether the rows along an axis are non-negative and sum to one, to rounding.

    >>> import torch
    >>> distributions(torch.tensor([[0.2, 0.8]]), -1), distributions(torch.tensor([[0.2, 0.9]]), -1)
    (True, False)
    """
    if not tensor.is_floating_point() or tensor.is_meta or not tensor.numel():
        return False
    rows = tensor.detach().movedim(axis, -1)
    rows = sample(rows.reshape(-1, rows.shape[-1])).double()
    # Half precision rounds each term to three digits.
    slack = 1e-4 if tensor.element_size() >= 4 else 2e-2
    sums = rows.sum(-1)
    return bool((rows >= 0).all()) and bool(((sums - 1).abs() <= slack).all())


def whole_rows(tensor: "Tensor") -> bool:
    """Tell whether rows along the last axis or along the class axis are distributions.

    >>> import torch
    >>> whole_rows(torch.randn(2, 3, 5).softmax(1)), whole_rows(torch.ones(2, 1))
    (True, False)
    """
    if not tensor.ndim:
        return False
    return any(
        tensor.shape[axis] > 1 and distributions(tensor, axis)
        for axis in {-1, min(-1, 1 - tensor.ndim)}
    )


def log_distributions(tensor: "Tensor", axis: int) -> bool:
    """Tell whether the exponentials of the rows along an axis sum to one, to rounding.

    >>> import torch
    >>> log_distributions(torch.tensor([[0.3, -2.0]]).log_softmax(1), -1)
    True
    """
    return tensor.is_floating_point() and distributions(tensor.detach().exp(), axis)
