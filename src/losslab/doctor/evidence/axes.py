"""The axes of a tensor: followed through reshapes, broadcast, or holding classes.

Axes are counted from the end (-1 is last), so that leading axes may come and go. Each function that
follows an axis returns where it is afterwards, or None if its rows were taken apart.
"""

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


def count_from_end(axis: int, ndim: int) -> int:
    """Count an axis from the end.

    Examples:
        >>> count_from_end(1, 2), count_from_end(-1, 3)
        (-1, -1)
    """
    return axis - ndim if axis >= 0 else axis


def reshape_axis(axis: int, before: Sequence[int], after: Sequence[int]) -> int | None:
    """Follow an axis through view, reshape or flatten.

    It survives where the tensor afterwards has an axis as long, with as many elements behind it.

    Examples:
        >>> reshape_axis(-1, (4, 5, 3), (20, 3)), reshape_axis(-1, (4, 3), (12,))
        (-1, None)
    """
    length, behind = before[axis], prod(before[len(before) + axis + 1 :])
    for place in range(len(after)):
        if after[place] == length and prod(after[place + 1 :]) == behind:
            return place - len(after)
    return None


def permute_axis(axis: int, order: Sequence[int]) -> int | None:
    """Follow an axis through permute.

    Examples:
        >>> permute_axis(-1, (0, 2, 1))
        -2
    """
    ndim = len(order)
    return [count_from_end(place, ndim) for place in order].index(axis) - ndim


def swap_axis(axis: int, first: int, second: int, ndim: int) -> int:
    """Follow an axis through transpose.

    Examples:
        >>> swap_axis(-1, 1, 2, 3), swap_axis(-3, 1, 2, 3)
        (-2, -3)
    """
    one, two = count_from_end(first, ndim), count_from_end(second, ndim)
    return {one: two, two: one}.get(axis, axis)


def squeeze_axis(
    axis: int, before: Sequence[int], after: Sequence[int], at: int | None
) -> int | None:
    """Follow an axis through squeeze, of axis ``at`` or of all that have length one.

    Examples:
        >>> squeeze_axis(-2, (8, 3, 1), (8, 3), -1), squeeze_axis(-1, (8, 1), (8,), None)
        (-1, None)
    """
    if len(before) == len(after):
        return axis
    gone = (
        [count_from_end(at, len(before))]
        if at is not None
        else [place - len(before) for place, length in enumerate(before) if length == 1]
    )
    return None if axis in gone else axis + sum(place > axis for place in gone)


def unsqueeze_axis(axis: int, at: int, ndim: int) -> int:
    """Follow an axis through unsqueeze at place ``at`` of a tensor that had ``ndim`` axes.

    Examples:
        >>> unsqueeze_axis(-1, -1, 2), unsqueeze_axis(-1, 0, 2)
        (-2, -1)
    """
    return axis - 1 if count_from_end(at, ndim + 1) > axis - 1 else axis


def index_axis(axis: int, ndim: int, index: Any) -> int | None:
    """Follow an axis through indexing with ints, slices, None and ...; or one leading tensor.

    Examples:
        >>> full = slice(None)
        >>> index_axis(-1, 2, 0), index_axis(-1, 2, (full, 1)), index_axis(-2, 3, (full, full, 0))
        (-1, None, -1)
    """
    parts = list(index) if isinstance(index, tuple) else [index]
    tensors = [part for part in parts if not isinstance(part, int | slice | None | type(...))]
    if tensors:
        # A mask or row numbers in front leave the axes behind it where they are.
        leading = len(parts) == 1 and ndim + axis >= max(getattr(tensors[0], "ndim", 1), 1)
        return axis if leading else None
    used = sum(part is not None and part is not ... for part in parts)
    if ... in parts:
        where = parts.index(...)
        parts[where : where + 1] = [slice(None)] * (ndim - used)
    else:
        parts += [slice(None)] * (ndim - used)
    behind, place = 0, -1
    for part in reversed(parts):
        if part is None:
            behind += 1
        elif place == axis:
            return axis + _parse_index(parts, axis) - behind if part == slice(None) else None
        else:
            place -= 1
    return None


def _parse_index(parts: list[Any], axis: int) -> int:
    """How many axes behind ``axis`` an index of ints takes away."""
    kept = [part for part in parts if part is not None]
    return sum(isinstance(part, int) for part in kept[len(kept) + axis + 1 :])


def stretches_both(left: Sequence[int], right: Sequence[int]) -> bool:
    """Tell whether broadcasting repeats values of both sides.

    Examples:
        >>> stretches_both((32, 1), (32,)), stretches_both((32, 4), (4,))
        (True, False)
    """
    rank = max(len(left), len(right))
    one = (1,) * (rank - len(left)) + tuple(left)
    two = (1,) * (rank - len(right)) + tuple(right)
    pairs = list(zip(one, two, strict=True))
    return any(a == 1 < b for a, b in pairs) and any(b == 1 < a for a, b in pairs)


def is_column_against_row(left: Sequence[int], right: Sequence[int]) -> bool:
    """Tell whether two shapes differ by one axis of length one, and both stretch.

    That is the (N, 1) output against the (N,) target: they hold as many values, one for one,
    and broadcasting makes all pairs of them instead.

    Examples:
        >>> is_column_against_row((32, 1), (32,)), is_column_against_row((8, 1, 5, 5), (8, 5, 5))
        (True, True)
        >>> is_column_against_row((32, 1), (1, 32)), is_column_against_row((1, 1), (1,))
        (False, False)
    """
    longer, shorter = sorted((tuple(left), tuple(right)), key=len, reverse=True)
    without_one = any(
        length == 1 and (*longer[:place], *longer[place + 1 :]) == shorter
        for place, length in enumerate(longer)
    )
    return without_one and stretches_both(longer, shorter)


def broadcast_shape(left: Sequence[int], right: Sequence[int]) -> tuple[int, ...]:
    """Give the shape that broadcasting makes.

    Examples:
        >>> broadcast_shape((32, 1), (32,))
        (32, 32)
    """
    rank = max(len(left), len(right))
    one = (1,) * (rank - len(left)) + tuple(left)
    two = (1,) * (rank - len(right)) + tuple(right)
    return tuple(max(a, b) if min(a, b) else 0 for a, b in zip(one, two, strict=True))


def format_pairs(left: Sequence[int], right: Sequence[int]) -> str:
    """Write the shape that broadcasting makes.

    Examples:
        >>> format_pairs((32, 1), (32,))
        '32 x 32'
    """
    return " x ".join(map(str, broadcast_shape(left, right)))


OF_CLASSES = ("cross_entropy", "nll")


def get_class_axis(scores: "Tensor") -> int:
    """Give the axis that cross_entropy and nll take for the classes, counted from the end.

    Examples:
        >>> import torch
        >>> [get_class_axis(torch.ones(shape)) for shape in ((8, 3), (8, 3, 5), (3,))]
        [-1, -2, -1]
    """
    return -1 if scores.ndim < 2 else 1 - scores.ndim


def is_integer(target: "Tensor") -> bool:
    """Tell whether a target's dtype is one of integers.

    Examples:
        >>> import torch
        >>> is_integer(torch.tensor([1])), is_integer(torch.tensor([1.0]))
        (True, False)
    """
    return not target.is_floating_point() and not target.is_complex()


def has_one_index_each(scores: "Tensor", target: "Tensor") -> bool:
    """Tell whether a target has the scores' shape without the class axis.

    Examples:
        >>> import torch
        >>> has_one_index_each(torch.ones(8, 3, 5), torch.ones(8, 5))
        True
    """
    shape = list(scores.shape)
    if shape:
        del shape[get_class_axis(scores)]
    return tuple(shape) == tuple(target.shape)
