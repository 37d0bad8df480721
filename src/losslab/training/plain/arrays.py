"""Arrays, tables and lists as tensors of finite numbers, or a clear refusal."""

from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from losslab.core.errors import DataError

_MANY = 5


def as_numbers(values: Any, name: str) -> Tensor:
    """Turn an array, tensor, table, column or nested list into a tensor of numbers.

    Example
        >>> as_numbers([[1, 2], [3, 4]], "X").dtype
        torch.int64
    """
    if isinstance(values, Tensor):
        return values.detach()
    if isinstance(values, pd.DataFrame):
        return _from_frame(values, name)
    if isinstance(values, pd.Series):
        return _from_frame(values.to_frame(), name)[:, 0]
    try:
        array = np.asarray(values)
    except ValueError as error:  # rows of different lengths
        raise DataError(
            f"needed {name} as an array of numbers",
            got=f"{type(values).__name__} ({error})",
            fix="give every row the same length",
        ) from error
    return _from_array(array, name)


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


def _from_frame(frame: pd.DataFrame, name: str) -> Tensor:
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
            fix=_fix(name),
        )
    array = frame.to_numpy()
    if array.dtype == object:  # columns of several kinds, or pandas' own missing value
        array = frame.to_numpy(dtype=np.float64, na_value=np.nan)
    return _from_array(array, name)


def _from_array(array: np.ndarray[Any, Any], name: str) -> Tensor:
    if array.dtype.kind not in "biuf":
        raise DataError(f"needed {name} as numbers", got=f"dtype {array.dtype}", fix=_fix(name))
    if array.dtype.kind == "u" and array.dtype != np.uint8:
        array = array.astype(np.int64)
    # A copy, since tables hand out read-only arrays, which a tensor cannot share.
    return torch.tensor(array)


def _fix(name: str) -> str:
    if name == "y":
        return "number the classes from 0: y = numpy.unique(y, return_inverse=True)[1]"
    return f"turn categories into 0/1 columns first: {name} = pandas.get_dummies({name})"
