"""Columns typed: numbers, dates, or categories of text, whatever kind of file they came from."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from losslab.core.errors import DataError
from losslab.data.options import format_option, format_value
from losslab.data.table import Table

if TYPE_CHECKING:
    import pandas as pd


_DATE = r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})"
_TIME = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[ap]m)?(?: ?(?:z|utc|[+-]\d{2}:?\d{2}))?"
_WRITTEN = re.compile(rf"(?:{_DATE})(?:[t ]+{_TIME})?", re.ASCII | re.IGNORECASE)


def are_dates(texts: Sequence[str]) -> bool:
    """Whether every text is written as a date in figures, with or without a time.

    >>> are_dates(["2024-01-31", "2024-02-01 08:30"]), are_dates(["1/2/24"]), are_dates(["7.5"])
    (True, True, False)
    """
    return bool(texts) and all(_WRITTEN.fullmatch(text.strip()) for text in texts)


MISSING_MARKS = frozenset({"", "?", "NA", "N/A", "nan", "NaN", "null", "None"})
BLANK_MARKS = frozenset({"", "?"})  # missing in a column of text too, where 'NA' may be a name
EXACT_INTEGERS = 2**53
FLOAT32_MAX = float(np.finfo(np.float32).max)

_PLAIN = re.compile(
    r"[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?)", re.ASCII | re.IGNORECASE
)
_SWAP = str.maketrans(",.", ".,")


@dataclass(frozen=True, kw_only=True)
class NumberReading:
    """Distinct texts sorted by what they can be: each index is in exactly one of the tuples."""

    numbers: tuple[int, ...]
    missing: tuple[int, ...]
    other_decimal: tuple[int, ...]  # a number, if the decimal mark were the other one
    stray: tuple[int, ...]
    values: np.ndarray  # NaN except for the numbers

    @property
    def all_numbers(self) -> bool:
        """Whether there are numbers and, missing marks apart, nothing else."""
        return bool(self.numbers) and not self.other_decimal and not self.stray


def read_numbers(texts: Sequence[str], decimal: str = ".") -> NumberReading:
    """Sort distinct texts into numbers, missing marks, the other decimal mark and the rest.

    Example
        >>> reading = read_numbers(["1.5", "NA", "2,5", "x"])
        >>> reading.numbers, reading.missing, reading.other_decimal, reading.stray
        ((0,), (1,), (2,), (3,))
    """
    places: dict[str, list[int]] = {"numbers": [], "missing": [], "other": [], "stray": []}
    values = np.full(len(texts), np.nan)
    for index, text in enumerate(texts):
        kind = _kind(text.strip(), decimal)
        places[kind].append(index)
        if kind == "numbers":
            values[index] = float(_pointed(text.strip(), decimal))
    return NumberReading(
        numbers=tuple(places["numbers"]),
        missing=tuple(places["missing"]),
        other_decimal=tuple(places["other"]),
        stray=tuple(places["stray"]),
        values=values,
    )


def beyond_float32(values: np.ndarray) -> np.ndarray:
    """Mark what a float32 network cannot hold: infinities and numbers beyond its range.

    >>> beyond_float32(np.array([1.0, np.nan, np.inf, 1e39])).tolist()
    [False, False, True, True]
    """
    result: np.ndarray = np.abs(values) > FLOAT32_MAX  # False for NaN
    return result


def number_text(number: float) -> str:
    """Write a number as a class label: integers without a decimal point.

    >>> number_text(2.0), number_text(0.5)
    ('2', '0.5')
    """
    short = float(number).is_integer() and abs(number) < EXACT_INTEGERS
    return str(int(number)) if short else repr(float(number))


def _kind(text: str, decimal: str) -> str:
    if text in MISSING_MARKS:
        return "missing"
    if _PLAIN.fullmatch(_pointed(text, decimal)):
        return "numbers"
    return "other" if _PLAIN.fullmatch(text.replace(",", ".")) else "stray"


def _pointed(text: str, decimal: str) -> str:
    # With a decimal comma a point is no part of a number, so both are swapped.
    return text.translate(_SWAP) if decimal == "," else text


FEW_LEVELS = 20  # "0, 1, 2, 3+" is a category; hundreds of numbers and one word are a mistake
NEARLY_ALL = 0.9


@dataclass(frozen=True, kw_only=True, eq=False)
class Column:
    """One typed column: a code per row and the contents the codes point at.

    A row without a value has the code -1. ``numbers`` holds one float per code where the column
    is numeric, and is None where it is a category. ``levels`` are the texts per code; a column
    that came as numbers has none.
    """

    name: str
    codes: np.ndarray
    levels: tuple[str, ...]
    numbers: np.ndarray | None = None

    @property
    def missing(self) -> np.ndarray:
        """The rows without a value."""
        return np.flatnonzero(self.codes < 0)

    @property
    def extreme(self) -> np.ndarray:
        """The rows whose number a float32 network cannot hold."""
        return np.flatnonzero(beyond_float32(self.values())) if self.numbers is not None else _NONE

    def text(self, row: int) -> str:
        """The content of one row, as a message quotes it."""
        code = self.codes[row]
        if code < 0:
            return "a missing value"
        if self.numbers is not None and not self.levels:
            return number_text(self.numbers[code])
        return format_value(self.levels[code])

    def values(self) -> np.ndarray:
        """One float64 per row, NaN where it is missing; numeric columns only."""
        assert self.numbers is not None
        values: np.ndarray = np.append(self.numbers, np.nan)[self.codes]
        return values

    def series(self) -> "pd.Series":
        """The column as it stands in a data set: float64 or a category with sorted levels."""
        import pandas as pd

        if self.numbers is not None:
            return pd.Series(self.values(), name=self.name)
        used = sorted({self.levels[code] for code in np.unique(self.codes) if code >= 0})
        rank = {level: place for place, level in enumerate(used)}
        codes = np.array([rank.get(level, -1) for level in self.levels] + [-1])[self.codes]
        return pd.Series(
            pd.Categorical.from_codes(codes, categories=pd.Index(used)), name=self.name
        )


_NONE = np.array([], dtype=np.int64)


def type_column(table: Table, name: str, decimal: str = ".") -> Column:
    """Type one feature column; text that reads as numbers is numbers."""
    raw = raw_column(table, name)
    if raw.numbers is not None or str(table.frame[name].dtype) == "category":
        return raw
    reading = read_numbers(raw.levels, decimal)
    refuse_decimal(table, raw, reading, decimal)
    if reading.all_numbers:
        return _without(raw, reading.missing, numbers=reading.values)
    refuse_strays(table, raw, reading)
    blank = tuple(at for at, level in enumerate(raw.levels) if level.strip() in BLANK_MARKS)
    return _without(raw, blank, numbers=None)


def raw_column(table: Table, name: str) -> Column:
    """Factor a column: floats where its type is numeric, else text, without reading the text."""
    import pandas as pd

    series = table.frame[name]
    kind = series.dtype
    if pd.api.types.is_complex_dtype(kind):
        raise DataError(
            f"needed real numbers or text in column {name!r}",
            got=f"the type {kind}",
            fix=format_option("drop", [name]),
        )
    if pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind):
        values = series.to_numpy(dtype=np.float64, na_value=np.nan)
        codes = np.where(np.isnan(values), -1, np.arange(len(values)))
        return Column(name=name, codes=codes, levels=(), numbers=values)
    if isinstance(kind, pd.CategoricalDtype):
        levels = tuple(str(level) for level in kind.categories)
        return Column(name=name, codes=series.cat.codes.to_numpy(np.int64), levels=levels)
    present = series.notna().to_numpy()
    texts_by_row = np.array([str(value) for value in series[present]], dtype=object)
    codes = np.full(len(series), -1)
    codes[present], distinct = pd.factorize(texts_by_row)
    return Column(name=name, codes=codes, levels=tuple(distinct))


def without_extremes(column: Column) -> Column:
    """Take numbers that a float32 network cannot hold as missing."""
    codes = column.codes.copy()
    codes[column.extreme] = -1
    return replace(column, codes=codes)


def first_row(column: Column, indices: tuple[int, ...]) -> int:
    """Find the first row whose level is one of these."""
    return int(np.flatnonzero(np.isin(column.codes, indices))[0])


def refuse_decimal(table: Table, raw: Column, reading: NumberReading, decimal: str) -> None:
    """Refuse numbers written with the other decimal mark."""
    if not reading.other_decimal or reading.stray:
        return
    row = first_row(raw, reading.other_decimal)
    other = "," if decimal == "." else "."
    raise DataError(
        f"needed numbers with {decimal!r} as decimal mark in column {raw.name!r}",
        got=f"{raw.text(row)} in {table.place(row)}",
        fix=f"--decimal {other} (in Python decimal={other!r}); "
        "marks that only separate thousands must be removed",
    )


def refuse_strays(table: Table, raw: Column, reading: NumberReading) -> None:
    """Refuse a column of numbers in which a few cells are something else."""
    if len(reading.numbers) <= FEW_LEVELS:
        return
    counts = np.bincount(raw.codes[raw.codes >= 0], minlength=len(raw.levels))
    strange = (*reading.stray, *reading.other_decimal)
    numeric, odd = counts[list(reading.numbers)].sum(), counts[list(strange)].sum()
    if numeric < NEARLY_ALL * (numeric + odd):
        return
    row = first_row(raw, strange)
    raise DataError(
        f"needed a number in every row of column {raw.name!r}, as in {numeric} of its rows",
        got=f"{raw.text(row)} in {table.place(row)}",
        fix=f"correct it, leave it empty, or {format_option('drop', [raw.name])}",
    )


def _without(raw: Column, gone: tuple[int, ...], *, numbers: np.ndarray | None) -> Column:
    codes = np.where(np.isin(raw.codes, gone), -1, raw.codes)
    return Column(name=raw.name, codes=codes, levels=raw.levels, numbers=numbers)
