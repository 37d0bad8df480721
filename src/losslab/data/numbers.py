"""Numbers as they are written in tables, and marks that stand for a missing one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

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
