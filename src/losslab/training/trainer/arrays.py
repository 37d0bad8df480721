"""Arrays, tables, lists and batches as tensors of finite numbers, or a clear refusal."""

from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from losslab.core.errors import DataError

_MANY = 5


def to_tensor(values: Any, name: str) -> Tensor:
    """Turn an array, tensor, table, column or nested list into a tensor of numbers.

    Examples:
        >>> to_tensor([[1, 2], [3, 4]], "X").dtype
        torch.int64
    """
    if isinstance(values, Tensor):
        return values.detach()
    if isinstance(values, pd.DataFrame):
        return _convert_frame(values, name)
    if isinstance(values, pd.Series):
        return _convert_frame(values.to_frame(), name)[:, 0]
    try:
        array = np.asarray(values)
    except ValueError as error:  # rows of different lengths
        raise DataError(
            f"needed {name} as an array of numbers",
            got=f"{type(values).__name__} ({error})",
            fix="give every row the same length",
        ) from error
    return _convert_array(array, name)


def check_finite(values: Tensor, name: str, columns: list[Any] | None = None) -> None:
    """Refuse NaN and infinite values, naming the first row and its column."""
    if not values.is_floating_point():
        return
    wrong = ~values.isfinite()
    if not wrong.any():
        return
    first = [int(place) for place in wrong.nonzero()[0]]
    where = f"row {first[0]}"
    if values.ndim == 2:
        where += f", column {columns[first[1]]!r}" if columns else f", column {first[1]}"
    raise DataError(
        f"needed a finite number in every cell of {name}",
        got=f"{values[tuple(first)].item()} in {where} ({int(wrong.sum())} such in all)",
        fix="drop these rows or fill the cells in first, for example with the training mean",
    )


def columns_of(values: Any) -> list[Any] | None:
    """The column names of a table; None for what has none."""
    return list(values.columns) if isinstance(values, pd.DataFrame) else None


def _convert_frame(frame: pd.DataFrame, name: str) -> Tensor:
    words = [
        str(column)
        for column, dtype in frame.dtypes.items()
        if not pd.api.types.is_numeric_dtype(dtype)
    ]
    if words:
        shown = ", ".join(words[:_MANY]) + (", ..." if len(words) > _MANY else "")
        raise DataError(
            f"needed every column of {name} to hold numbers",
            got=f"{len(words)} without: {shown}",
            fix=_suggest_fix(name),
        )
    array = frame.to_numpy()
    if array.dtype == object:  # columns of several kinds, or pandas' own missing value
        array = frame.to_numpy(dtype=np.float64, na_value=np.nan)
    return _convert_array(array, name)


def _convert_array(array: np.ndarray[Any, Any], name: str) -> Tensor:
    if array.dtype.kind not in "biuf":
        raise DataError(
            f"needed {name} as numbers", got=f"dtype {array.dtype}", fix=_suggest_fix(name)
        )
    if array.dtype.kind == "u" and array.dtype != np.uint8:
        array = array.astype(np.int64)
    # A copy, since tables hand out read-only arrays, which a tensor cannot share.
    return torch.tensor(array)


def _suggest_fix(name: str) -> str:
    if name == "y":
        return "number the classes from 0: y = numpy.unique(y, return_inverse=True)[1]"
    return f"turn categories into 0/1 columns first: {name} = pandas.get_dummies({name})"


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

    Examples:
        >>> import torch
        >>> read_batch(([[1.0], [2.0]], [0, 1]), None, pairs=False, unchecked=False)[1]
        tensor([0, 1])
    """
    parts, y = _split_batch(given, number, pairs)
    letter, where = ("X", "") if number is None else ("x", f" of batch {number}")
    target = to_tensor(y, "y")
    read: list[Tensor] = []
    for place, part in enumerate(parts, 1):
        name = letter if len(parts) == 1 else f"{letter}{place}"
        read.append(_read_input(part, target, name, where, unchecked))
    if not unchecked:
        check_finite(target, f"y{where}")
    return read[0] if len(read) == 1 else (read[0], read[1]), target


def select_rows(x: Input, rows: Tensor) -> Input:
    """Take some rows of an input, or the same of both of a pair."""
    return (x[0][rows], x[1][rows]) if isinstance(x, tuple) else x[rows]


def describe_value(value: Any) -> str:
    """Say what a value is, in an error."""
    kind = type(value).__name__
    if isinstance(value, tuple | list | dict):
        return f"a {kind} of {len(value)}"
    return f"{kind} of shape {tuple(value.shape)}" if hasattr(value, "shape") else kind


def _split_batch(given: Any, number: int | None, pairs: bool) -> tuple[list[Any], Any]:
    """The one or two inputs of a batch, and its target."""
    several = list(given) if isinstance(given, tuple | list) else []
    if pairs and len(several) == 3:
        return several[:2], several[2]
    if len(several) != 2:
        raise _build_batch_error(given, number, pairs)
    x, y = several
    if pairs and _is_pair(x):
        return list(x), y
    if _is_pair(x) and hasattr(y, "__len__") and len(x[0]) == len(x[1]) == len(y) != 2:
        raise _build_batch_error(given, number, pairs, " with a pair of inputs")
    return [x], y


def _is_pair(x: Any) -> bool:
    """Two arrays or tables; two rows written as a list of numbers are a single input."""
    return (
        isinstance(x, tuple | list)
        and len(x) == 2
        and all(len(getattr(part, "shape", ())) > 0 for part in x)
    )


def _build_batch_error(given: Any, number: int | None, pairs: bool, extra: str = "") -> DataError:
    got = f"{describe_value(given)}{extra}"
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


def _read_input(x: Any, target: Tensor, name: str, where: str, unchecked: bool) -> Tensor:
    numbers = to_tensor(x, name)
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
