"""Conversion of arrays, tables and lists to tensors of finite numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from losslab.core.errors import DataError

_MANY = 5


def to_tensor(values: Any, name: str) -> Tensor:
    """Convert an array, tensor, table, column or nested list to a tensor of numbers.

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


def check_finite(values: Tensor, name: str, columns: Sequence[Any] = ()) -> None:
    """Refuse NaN and infinite values; the error names the row and column of the first."""
    invalid = (~values.isfinite()).nonzero()
    if not len(invalid):
        return
    first = invalid[0].tolist()
    where = f"row {first[0]}"
    if values.ndim == 2:
        where += f", column {(columns or range(first[1] + 1))[first[1]]!r}"
    raise DataError(
        f"needed a finite number in every cell of {name}",
        got=f"{values[tuple(first)].item()} in {where} ({len(invalid)} such in all)",
        fix="drop these rows or fill the cells in first, for example with the training mean",
    )


def _convert_frame(frame: pd.DataFrame, name: str) -> Tensor:
    words = [
        str(column)
        for column, dtype in frame.dtypes.items()
        if not pd.api.types.is_numeric_dtype(dtype)
    ]
    if words:
        shown = ", ".join([*words[:_MANY], *(["..."] if len(words) > _MANY else [])])
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
