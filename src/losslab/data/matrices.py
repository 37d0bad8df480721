"""The columns a preprocessor knows, taken out of a frame by name: numbers here, texts there."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from losslab.core.errors import DataError
from losslab.data.columns import Column, raw_column, type_column, without_extremes
from losslab.data.numbers import BLANK_MARKS, number_text, read_numbers
from losslab.data.table import Table, table_from_frame
from losslab.data.wording import flag, listed

if TYPE_CHECKING:
    import pandas as pd


def kinds_of(frame: "pd.DataFrame") -> dict[str, str]:
    """Say of each column, by name, whether it is a number or a category."""
    table = _table(frame)
    numeric = {name: type_column(table, name).numbers is not None for name in table.columns}
    return {name: "number" if yes else "category" for name, yes in numeric.items()}


def matrices(
    frame: "pd.DataFrame", kinds: Mapping[str, str], *, impute: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Take out the known columns: floats ``(N, numbers)`` and texts ``(N, categories)``.

    Columns may come in any order. Missing and additional ones are refused by name; missing and
    extreme values are refused by row, or become NaN with ``impute``.
    """
    table = _table(frame)
    _check_names(table.columns, list(kinds))
    numbers = [_numbers(table, name, impute) for name, kind in kinds.items() if kind == "number"]
    texts = [_texts(table, name, impute) for name, kind in kinds.items() if kind == "category"]
    return _stacked(numbers, len(frame), np.float64), _stacked(texts, len(frame), object)


def _table(frame: "pd.DataFrame") -> Table:
    return table_from_frame(frame, name="table", source="the data frame")


def _stacked(columns: list[np.ndarray], rows: int, dtype: type) -> np.ndarray:
    return np.column_stack(columns).astype(dtype) if columns else np.empty((rows, 0), dtype)


def _check_names(found: list[str], known: list[str]) -> None:
    lacking = [name for name in known if name not in found]
    extra = [name for name in found if name not in known]
    if lacking or extra:
        got = [f"without {listed(lacking)}"] if lacking else []
        got += [f"with {listed(extra)} in addition"] if extra else []
        raise DataError(
            f"needed the columns seen in training, {listed(known)}",
            got=f"a table {' and '.join(got)}",
            fix="name the columns as in training" if lacking else flag("drop", extra),
        )


def _numbers(table: Table, name: str, impute: bool) -> np.ndarray:
    column = type_column(table, name)
    present = np.flatnonzero(column.codes >= 0)
    if column.numbers is None and present.size:
        stray = [row for row in present if not _is_number(column.levels[column.codes[row]])]
        raise _refusal(table, column, int(stray[0]), "numbers, as in training,")
    if column.numbers is None:
        column = Column(name=name, codes=column.codes, levels=(), numbers=np.array([]))
    if impute:
        column = without_extremes(column)
    for row in column.extreme[:1]:
        raise _refusal(table, column, int(row), "finite numbers within the range of float32")
    _refuse_gaps(table, column, impute)
    return column.values()


def _texts(table: Table, name: str, impute: bool) -> np.ndarray:
    column = raw_column(table, name)
    levels = column.levels
    if column.numbers is not None:  # categories whose names are numbers, read back as numbers
        levels = tuple(number_text(number) for number in column.numbers)
    texts = np.array([*(None if text.strip() in BLANK_MARKS else text for text in levels), None])
    codes = np.where(texts[column.codes] == None, -1, column.codes)  # noqa: E711 - elementwise
    _refuse_gaps(table, Column(name=name, codes=codes, levels=levels), impute)
    texts[-1] = np.nan  # what scikit-learn takes for a missing text
    result: np.ndarray = texts[codes]
    return result


def _is_number(text: str) -> bool:
    reading = read_numbers([text])
    return not reading.stray and not reading.other_decimal


def _refuse_gaps(table: Table, column: Column, impute: bool) -> None:
    if column.missing.size and not impute:
        raise _refusal(table, column, int(column.missing[0]), "a value in every row")


def _refusal(table: Table, column: Column, row: int, needed: str) -> DataError:
    return DataError(
        f"needed {needed} in column {column.name!r}",
        got=f"{column.text(row)} in {table.place(row)}",
        fix="correct it, or fit with impute=True (--impute) to have gaps filled in",
    )
