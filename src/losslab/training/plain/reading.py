"""One batch, or whole arrays, as tensors: an input or a pair of inputs, and a target."""

from typing import Any

from torch import Tensor

from losslab.core.errors import DataError
from losslab.training.plain.arrays import as_numbers, check_finite, columns_of

# One input, or for losses of pairs two of the same length.
Input = Tensor | tuple[Tensor, Tensor]
Batch = tuple[Input, Tensor]


def read_batch(given: Any, number: int | None, *, pairs: bool, unchecked: bool) -> Batch:
    """Read (x, y), or where ``pairs`` are welcome ((x1, x2), y) and (x1, x2, y).

    Args:
        given: a batch of a loader, or a tuple of whole arrays.
        number: the batch's number, counted from 1; None for whole arrays.
        pairs: whether inputs may come as pairs.
        unchecked: let numbers that are not finite pass.

    Example
        >>> import torch
        >>> read_batch(([[1.0], [2.0]], [0, 1]), None, pairs=False, unchecked=False)[1]
        tensor([0, 1])
    """
    parts, y = _parts(given, number, pairs)
    letter, where = ("X", "") if number is None else ("x", f" of batch {number}")
    target = as_numbers(y, "y")
    read: list[Tensor] = []
    for place, part in enumerate(parts, 1):
        name = letter if len(parts) == 1 else f"{letter}{place}"
        read.append(_input(part, target, name, where, unchecked))
    if not unchecked:
        check_finite(target, f"y{where}")
    return read[0] if len(read) == 1 else (read[0], read[1]), target


def rows_of(x: Input, rows: Tensor) -> Input:
    """Take some rows of an input, or the same of both of a pair."""
    return (x[0][rows], x[1][rows]) if isinstance(x, tuple) else x[rows]


def shown(value: Any) -> str:
    """Say what a value is, in an error."""
    kind = type(value).__name__
    if isinstance(value, tuple | list | dict):
        return f"a {kind} of {len(value)}"
    return f"{kind} of shape {tuple(value.shape)}" if hasattr(value, "shape") else kind


def _parts(given: Any, number: int | None, pairs: bool) -> tuple[list[Any], Any]:
    """The one or two inputs of a batch, and its target."""
    several = list(given) if isinstance(given, tuple | list) else []
    if pairs and len(several) == 3:
        return several[:2], several[2]
    if len(several) != 2:
        raise _unreadable(given, number, pairs)
    x, y = several
    if pairs and _is_pair(x):
        return list(x), y
    if _is_pair(x) and hasattr(y, "__len__") and len(x[0]) == len(x[1]) == len(y) != 2:
        raise _unreadable(given, number, pairs, " with a pair of inputs")
    return [x], y


def _is_pair(x: Any) -> bool:
    """Two arrays or tables; two rows written as a list of numbers are a single input."""
    return (
        isinstance(x, tuple | list)
        and len(x) == 2
        and all(len(getattr(part, "shape", ())) > 0 for part in x)
    )


def _unreadable(given: Any, number: int | None, pairs: bool, extra: str = "") -> DataError:
    got = f"{shown(given)}{extra}"
    if pairs:
        return DataError(
            "needed pairs of inputs with a label, ((x1, x2), y) or (x1, x2, y), or inputs (x, y)",
            got=got + ("" if number is None else f" as batch {number}"),
            fix="for arrays pass one tuple: train(((X1, X2), y), epochs)",
        )
    if number is None:
        return DataError("needed a tuple (X, y) of arrays", got=got, fix="(X, y)")
    return DataError(
        "needed batches that are pairs (x, y)",
        got=f"{got} as batch {number}",
        fix="yield (inputs, targets); for arrays pass one tuple: train((X, y), epochs)",
    )


def _input(x: Any, target: Tensor, name: str, where: str, unchecked: bool) -> Tensor:
    numbers = as_numbers(x, name)
    if numbers.ndim == 0 or target.ndim == 0 or len(numbers) != len(target):
        raise DataError(
            f"needed one entry of y{where} for each row of {name}{where}",
            got=f"shapes {tuple(numbers.shape)} and {tuple(target.shape)}",
            fix="keep features and target in step; rows are the first axis",
        )
    if len(numbers) == 0:
        raise DataError(
            f"needed at least one row in {name}{where}", got="none", fix="give some rows"
        )
    if not unchecked:
        check_finite(numbers, f"{name}{where}", columns_of(x))
    return numbers
