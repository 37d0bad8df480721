"""What a tensor's values look like, from a sample of them; cheap, and silent in doubt.

These read values, so ask only at events that are ``due``.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

MOST_VALUES = 16_384
GOLDEN = 0.6180339887498949


@dataclass(frozen=True, kw_only=True)
class Values:
    """A summary of a tensor's values.

    Attributes:
        lowest: the lowest value; like ``highest`` meaningless if the values aren't finite.
        highest: the highest value.
        integral: only integers.
        finite: neither nan nor inf.
        kinds: the distinct values if there are at most three, in order, otherwise empty.
        sampled: whether only a part was looked at.
    """

    lowest: float
    highest: float
    integral: bool
    finite: bool
    kinds: tuple[float, ...]
    sampled: bool

    def within(self, low: float, high: float) -> bool:
        """Whether every value lies in [low, high]."""
        return self.finite and low <= self.lowest and self.highest <= high


def is_dense(tensor: "Tensor") -> bool:
    """Tell whether a tensor's values can be read as numbers in rows and columns.

    Examples:
        >>> import torch
        >>> is_dense(torch.eye(2)), is_dense(torch.eye(2).to_sparse())
        (True, False)
        >>> is_dense(torch.eye(2, device="meta"))
        False
    """
    import torch

    strided = tensor.layout is torch.strided and not tensor.is_nested
    wrapped = torch._C._functorch.is_functorch_wrapped_tensor(tensor)
    return strided and not tensor.is_meta and not wrapped


def as_tensor(value: Any) -> "Tensor | None":
    """Return a value if it is a tensor.

    Examples:
        >>> as_tensor([0.5, 2.0]) is None
        True
    """
    import torch

    return value if isinstance(value, torch.Tensor) else None


def format_dtype(tensor: "Tensor") -> str:
    """Write a tensor's dtype without the module.

    Examples:
        >>> import torch
        >>> format_dtype(torch.ones(2))
        'float32'
    """
    return str(tensor.dtype).removeprefix("torch.")


def as_readable(value: Any) -> "Tensor | None":
    """Give what a call got, if it is a tensor whose values can be read.

    Examples:
        >>> as_readable([0.5, 2.0]) is None
        True
    """
    import torch

    return value if isinstance(value, torch.Tensor) and is_dense(value) else None


def _choose_rows(length: int, most: int) -> "Tensor":
    """Choose places, evenly spread but at no fixed rhythm: data may have one of its own."""
    import torch

    number = torch.arange(most, dtype=torch.float64, device="cpu")
    return ((number + number * GOLDEN % 1) * (length / most)).long()


def sample(tensor: "Tensor") -> "Tensor":
    """Take values from all over a tensor, in a row and without its graph.

    Examples:
        >>> import torch
        >>> sample(torch.tensor([[1, 2], [3, 4]])).tolist(), len(sample(torch.zeros(300, 300)))
        ([1, 2, 3, 4], 16384)
    """
    import torch

    values = tensor.detach()
    if values.numel() <= MOST_VALUES:
        return values.reshape(-1)
    places = _choose_rows(values.numel(), MOST_VALUES).to(values.device)
    return values[torch.unravel_index(places, values.shape)]


def sample_rows(tensor: "Tensor", axis: int = -1) -> "Tensor":
    """Take whole rows along an axis from all over a tensor, as a table and without its graph.

    Examples:
        >>> import torch
        >>> sample_rows(torch.tensor([[1, 2], [3, 4]]), 0).tolist()
        [[1, 3], [2, 4]]
        >>> sample_rows(torch.zeros(9, 50_000)).shape
        torch.Size([1, 50000])
    """
    values = tensor.detach().movedim(axis, -1)
    rows = values.reshape(-1, values.shape[-1])
    if rows.numel() <= MOST_VALUES:
        return rows
    most = max(1, MOST_VALUES // rows.shape[1])
    return rows[_choose_rows(len(rows), most).to(rows.device)] if most < len(rows) else rows


def summarize_values(tensor: "Tensor") -> Values | None:
    """Sum up a tensor's values, or None if it has none that can be ordered.

    Examples:
        >>> import torch
        >>> summarize_values(torch.tensor([0.0, 1.0, 1.0])).kinds
        (0.0, 1.0)
    """
    if not is_dense(tensor) or not tensor.numel() or tensor.is_complex():
        return None
    rows = sample(tensor).double()
    low, high = float(rows.min()), float(rows.max())
    finite = bool(rows.isfinite().all())
    return Values(
        lowest=low,
        highest=high,
        integral=finite and bool((rows == rows.round()).all()),
        finite=finite,
        kinds=_list_kinds(rows, low, high) if finite else (),
        sampled=rows.numel() < tensor.numel(),
    )


def _list_kinds(rows: "Tensor", low: float, high: float) -> tuple[float, ...]:
    """List the distinct values between two that occur, these included, if there is at most one."""
    between = rows[(rows != low) & (rows != high)]
    if not between.numel():
        return (low, high) if low < high else (low,)
    return (low, float(between[0]), high) if bool((between == between[0]).all()) else ()


def count_distributions(tensor: "Tensor", axis: int) -> int:
    """Count the rows along an axis that were looked at; 0 if any of them is no distribution.

    Examples:
        >>> import torch
        >>> half = torch.full((3, 2), 0.5)
        >>> count_distributions(half, -1), count_distributions(2 * half, -1)
        (3, 0)
    """
    if not tensor.is_floating_point() or not tensor.numel():
        return 0
    rows = sample_rows(tensor, axis).double()
    # Half precision rounds each term to three digits.
    slack = 1e-4 if tensor.element_size() >= 4 else 2e-2
    sums = rows.sum(-1)
    fit = bool((rows >= 0).all()) and bool(((sums - 1).abs() <= slack).all())
    return len(rows) if fit else 0


def count_class_distributions(tensor: "Tensor") -> int:
    """Count the distributions looked at along the last axis or the class axis.

    Examples:
        >>> import torch
        >>> count_class_distributions(torch.randn(2, 3, 5).softmax(1))
        10
    """
    if not tensor.ndim:
        return 0
    counts = [
        count_distributions(tensor, axis)
        for axis in {-1, min(-1, 1 - tensor.ndim)}
        if tensor.shape[axis] > 1
    ]
    # Where both axes would do, the fewer rows show less.
    return min(filter(None, counts), default=0)
