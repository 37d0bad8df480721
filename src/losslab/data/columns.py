"""Columns of a table, typed as numbers or categories of text."""

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

MISSING_MARKS = frozenset({"", "?", "NA", "N/A", "nan", "NaN", "null", "None"})
BLANK_MARKS = frozenset({"", "?"})  # missing in a column of text too, where 'NA' may be a name
EXACT_INTEGERS = 2**53
FLOAT32_MAX = float(np.finfo(np.float32).max)
FEW_LEVELS = 20  # "0, 1, 2, 3+" is a category; hundreds of numbers and one word are a mistake
NEARLY_ALL = 0.9

_DATE = r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})"
_TIME = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[ap]m)?(?: ?(?:z|utc|[+-]\d{2}:?\d{2}))?"
_DATE_TIME = re.compile(rf"(?:{_DATE})(?:[t ]+{_TIME})?", re.ASCII | re.IGNORECASE)
_NUMBER = re.compile(
    r"[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?)", re.ASCII | re.IGNORECASE
)
_SWAP = str.maketrans(",.", ".,")


def are_dates(texts: Sequence[str]) -> bool:
    """Whether every text is a date in digits, with or without a time.

    Examples:
        >>> are_dates(["2024-01-31", "2024-02-01 08:30"]), are_dates(["1/2/24"]), are_dates(["7.5"])
        (True, True, False)
    """
    return bool(texts) and all(_DATE_TIME.fullmatch(text.strip()) for text in texts)


@dataclass(frozen=True, kw_only=True)
class ParsedNumbers:
    """Distinct texts sorted by what they parse as; each index is in exactly one tuple.

    Args:
        numbers: indices of the numbers.
        missing: indices of the missing marks.
        other_decimal: indices of what would be a number with the other decimal mark.
        stray: indices of everything else.
        values: the parsed numbers, NaN elsewhere.
    """

    numbers: tuple[int, ...]
    missing: tuple[int, ...]
    other_decimal: tuple[int, ...]
    stray: tuple[int, ...]
    values: np.ndarray

    @property
    def all_numbers(self) -> bool:
        """Whether there are numbers and, missing marks apart, nothing else."""
        return bool(self.numbers) and not self.other_decimal and not self.stray


def parse_numbers(texts: Sequence[str], decimal: str = ".") -> ParsedNumbers:
    """Sort distinct texts into numbers, missing marks, the other decimal mark and the rest.

    Examples:
        >>> parsed = parse_numbers(["1.5", "NA", "2,5", "x"])
        >>> parsed.numbers, parsed.missing, parsed.other_decimal, parsed.stray
        ((0,), (1,), (2,), (3,))
    """
    indices: dict[str, list[int]] = {"numbers": [], "missing": [], "other_decimal": [], "stray": []}
    values = np.full(len(texts), np.nan)
    for index, text in enumerate(map(str.strip, texts)):
        # With a decimal comma a point is no part of a number, so both are swapped.
        pointed = text.translate(_SWAP) if decimal == "," else text
        if text in MISSING_MARKS:
            kind = "missing"
        elif _NUMBER.fullmatch(pointed):
            kind, values[index] = "numbers", float(pointed)
        else:
            kind = "other_decimal" if _NUMBER.fullmatch(text.replace(",", ".")) else "stray"
        indices[kind].append(index)
    return ParsedNumbers(**{kind: tuple(found) for kind, found in indices.items()}, values=values)


def format_label(number: float) -> str:
    """Format a number as a class label: integers without a decimal point.

    Examples:
        >>> format_label(2.0), format_label(0.5)
        ('2', '0.5')
    """
    short = float(number).is_integer() and abs(number) < EXACT_INTEGERS
    return str(int(number)) if short else repr(float(number))


@dataclass(frozen=True, kw_only=True, eq=False)
class Column:
    """One typed column: a code per row, and the contents that the codes index.

    Args:
        name: the column's name.
        codes: one per row; -1 where the value is missing.
        levels: the text of each code; empty for a column that came as numbers.
        numbers: the number of each code; None for a category.
    """

    name: str
    codes: np.ndarray
    levels: tuple[str, ...]
    numbers: np.ndarray | None = None

    @property
    def missing(self) -> np.ndarray:
        """The rows without a value."""
        return self.find_rows([-1])

    @property
    def extreme(self) -> np.ndarray:
        """The rows whose number is infinite or beyond the range of float32.

        Examples:
            >>> numbers = np.array([1.0, np.inf, 1e39])
            >>> Column(name="x", codes=np.array([0, -1, 1, 2]), levels=(), numbers=numbers).extreme
            array([2, 3])
        """
        values = np.empty(0) if self.numbers is None else self.to_numpy()
        return np.flatnonzero(np.abs(values) > FLOAT32_MAX)  # False for NaN

    @property
    def used_levels(self) -> tuple[str, ...]:
        """The levels that occur in a row."""
        return tuple(self.levels[code] for code in np.unique(self.codes) if code >= 0)

    @property
    def blank(self) -> np.ndarray:
        """The rows that are missing or hold a blank text."""
        blanks = [code for code, level in enumerate(self.levels) if level.strip() in BLANK_MARKS]
        return self.find_rows([-1, *blanks])

    def find_rows(self, codes: Sequence[int] | np.ndarray) -> np.ndarray:
        """Find the rows with one of these codes."""
        return np.flatnonzero(np.isin(self.codes, codes))

    def format_cell(self, row: int) -> str:
        """Format the content of one row for a message."""
        code = self.codes[row]
        if code < 0:
            return "a missing value"
        if self.numbers is not None and not self.levels:
            return format_label(self.numbers[code])
        return format_value(self.levels[code])

    def mask_rows(self, rows: np.ndarray) -> "Column":
        """Return a copy in which some rows are missing."""
        codes = self.codes.copy()
        codes[rows] = -1
        return replace(self, codes=codes)

    def to_numpy(self) -> np.ndarray:
        """Return one float64 per row, NaN where it is missing; numeric columns only."""
        assert self.numbers is not None
        return np.asarray(np.append(self.numbers, np.nan)[self.codes])

    def to_series(self) -> "pd.Series":
        """Convert to what a data set holds: float64, or a category with sorted levels."""
        import pandas as pd

        if self.numbers is not None:
            return pd.Series(self.to_numpy(), name=self.name)
        used = sorted(set(self.used_levels))
        rank = {level: position for position, level in enumerate(used)}
        codes = np.array([rank.get(level, -1) for level in self.levels] + [-1])[self.codes]
        return pd.Series(
            pd.Categorical.from_codes(codes, categories=pd.Index(used)), name=self.name
        )


def read_column(table: Table, name: str, decimal: str = ".") -> Column:
    """Type one feature column; text that parses as numbers is numeric."""
    raw = factorize_column(table, name)
    if raw.numbers is not None or str(table.frame[name].dtype) == "category":
        return raw
    parsed = parse_numbers(raw.levels, decimal)
    check_decimal_mark(table, raw, parsed, decimal)
    if parsed.all_numbers:
        return replace(raw.mask_rows(raw.find_rows(parsed.missing)), numbers=parsed.values)
    check_stray_texts(table, raw, parsed)
    return raw.mask_rows(raw.blank)


def factorize_column(table: Table, name: str) -> Column:
    """Factorize a column: floats where its dtype is numeric, else text that is not parsed."""
    import pandas as pd

    series = table.frame[name]
    dtype = series.dtype
    if pd.api.types.is_complex_dtype(dtype):
        raise DataError(
            f"needed real numbers or text in column {name!r}",
            got=f"the type {dtype}",
            fix=format_option("drop", [name]),
        )
    if pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype):
        values = series.to_numpy(dtype=np.float64, na_value=np.nan)
        codes = np.where(np.isnan(values), -1, np.arange(len(values)))
        return Column(name=name, codes=codes, levels=(), numbers=values)
    if isinstance(dtype, pd.CategoricalDtype):
        levels = tuple(str(level) for level in dtype.categories)
        return Column(name=name, codes=series.cat.codes.to_numpy(np.int64), levels=levels)
    present = series.notna().to_numpy()
    texts_by_row = np.array([str(value) for value in series[present]], dtype=object)
    codes = np.full(len(series), -1)
    codes[present], distinct = pd.factorize(texts_by_row)
    return Column(name=name, codes=codes, levels=tuple(distinct))


def check_decimal_mark(table: Table, raw: Column, parsed: ParsedNumbers, decimal: str) -> None:
    """Reject numbers written with the other decimal mark."""
    if not parsed.other_decimal or parsed.stray:
        return
    row = int(raw.find_rows(parsed.other_decimal)[0])
    other = "," if decimal == "." else "."
    raise DataError(
        f"needed numbers with {decimal!r} as decimal mark in column {raw.name!r}",
        got=f"{raw.format_cell(row)} in {table.locate_row(row)}",
        fix=f"--decimal {other} (in Python decimal={other!r}); "
        "remove marks that only separate thousands",
    )


def check_stray_texts(table: Table, raw: Column, parsed: ParsedNumbers) -> None:
    """Reject a column of numbers in which a few cells are something else."""
    if len(parsed.numbers) <= FEW_LEVELS:
        return
    counts = np.bincount(raw.codes[raw.codes >= 0], minlength=len(raw.levels))
    others = [*parsed.stray, *parsed.other_decimal]
    n_numbers, n_others = counts[list(parsed.numbers)].sum(), counts[others].sum()
    if n_numbers < NEARLY_ALL * (n_numbers + n_others):
        return
    row = int(raw.find_rows(others)[0])
    raise DataError(
        f"needed a number in every row of column {raw.name!r}, as in {n_numbers} of its rows",
        got=f"{raw.format_cell(row)} in {table.locate_row(row)}",
        fix=f"correct it, leave it empty, or {format_option('drop', [raw.name])}",
    )
