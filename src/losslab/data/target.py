"""The target column: its task inferred from its values, class codes or numbers, nothing missing."""

from dataclasses import dataclass

import numpy as np

from losslab.core.errors import DataError, OptionError
from losslab.core.tasks import CLASS_TASKS
from losslab.data.columns import (
    BLANK_MARKS,
    Column,
    first_row,
    number_text,
    raw_column,
    read_numbers,
    refuse_decimal,
    refuse_strays,
)
from losslab.data.options import format_list, format_value
from losslab.data.table import Table

MOST_CODES = 10
ROWS_PER_CODE = 5
SMALL_COUNT = 100


def infer_task(target: str, labels: tuple[str, ...], numbers: np.ndarray | None) -> tuple[str, str]:
    """Infer the task and the reason for it.

    The first that applies: two distinct values are binary; text, categories and truth values are
    multiclass; numbers with fractions are regression; at most 10 distinct integers, each in at
    least 5 rows, are classes; non-negative integers with a median of at most 100 are counts (above,
    a count is nearly normal and squared error serves); all other integers are regression.

    Args:
        target: the name of the column.
        labels: its distinct values as text, in order.
        numbers: one number per row, or None where the target is text.

    Example
        >>> infer_task("credit", ("1", "2"), np.array([1.0, 2.0, 2.0]))
        ('binary', "target 'credit' has the two values 1, 2")
    """
    if len(labels) < 2:
        raise DataError(
            f"needed a target {target!r} with different values",
            got=f"the single value {format_value(labels[0]) if labels else 'none'}",
            fix="choose another --target, or gather rows with other outcomes",
        )
    if len(labels) == 2:
        return "binary", f"target {target!r} has the two values {format_list(labels)}"
    if numbers is None:
        return "multiclass", f"target {target!r} has {len(labels)} classes"
    if np.any(numbers != np.floor(numbers)):
        return "regression", f"target {target!r} has numbers with fractions"
    return _infer_integers(target, numbers)


def _infer_integers(target: str, numbers: np.ndarray) -> tuple[str, str]:
    counts = np.unique(numbers, return_counts=True)[1]
    median = float(np.median(numbers))
    if len(counts) <= MOST_CODES and counts.min() >= ROWS_PER_CODE:
        return "multiclass", (
            f"target {target!r} has {len(counts)} different integers, each in at least "
            f"{ROWS_PER_CODE} rows (--task regression takes them as numbers)"
        )
    if numbers.min() < 0:
        return "regression", f"target {target!r} has integers, some of them negative"
    if median <= SMALL_COUNT:
        return "count", (
            f"target {target!r} has non-negative integers with median {number_text(median)} "
            "(--task regression or multiclass overrides)"
        )
    return "regression", (
        f"target {target!r} has integers with median {number_text(median)}, above {SMALL_COUNT} "
        "(--task count overrides)"
    )


SHORT = 80  # letters


@dataclass(frozen=True, kw_only=True, eq=False)
class Target:
    """A target ready for a data set, and what was decided about it."""

    y: np.ndarray
    task: str
    classes: tuple[str, ...]
    notes: tuple[str, ...]


def read_target(table: Table, name: str, *, task: str | None = None, decimal: str = ".") -> Target:
    """Read the target column; infer its task where none is given.

    A blank cell is an error. 'NA' among text is a class label, as the file says, but among numbers
    it is a missing value, and so an error too.
    """
    column = _typed(table, name, decimal)
    labels, codes = _labels(column)
    numbers = column.values() if column.numbers is not None else None
    inferred, reason = infer_task(name, labels, numbers)
    chosen = task or inferred
    why = f"task {chosen}: {reason if chosen == inferred else 'as asked'}"
    if chosen in CLASS_TASKS:
        _check_classes(table, column, labels, codes, chosen)
        why += _shares(labels, codes) if chosen == "multiclass" else ""
        return Target(y=codes, task=chosen, classes=labels, notes=(why,))
    values = _as_numbers(table, column, chosen)
    if chosen == "count":
        _check_counts(table, name, values)
    return Target(y=values, task=chosen, classes=(), notes=(why,))


def _typed(table: Table, name: str, decimal: str) -> Column:
    column = raw_column(table, name)
    blank = tuple(at for at, level in enumerate(column.levels) if level.strip() in BLANK_MARKS)
    rows = np.flatnonzero((column.codes < 0) | np.isin(column.codes, blank))
    if rows.size:
        raise _missing(table, column, int(rows[0]))
    if column.numbers is None and str(table.frame[name].dtype) != "category":
        column = _read_text(table, column, decimal)
    for row in column.extreme[:1]:
        raise DataError(
            f"needed finite numbers within the range of float32 in the target {name!r}",
            got=f"{column.text(int(row))} in {table.place(int(row))}",
            fix="correct or remove that row",
        )
    return column


def _read_text(table: Table, column: Column, decimal: str) -> Column:
    reading = read_numbers(column.levels, decimal)
    refuse_decimal(table, column, reading, decimal)
    if not reading.all_numbers:
        refuse_strays(table, column, reading)
        return column
    if reading.missing:
        raise _missing(table, column, first_row(column, reading.missing))
    return Column(
        name=column.name, codes=column.codes, levels=column.levels, numbers=reading.values
    )


def _missing(table: Table, column: Column, row: int) -> DataError:
    return DataError(
        f"needed a value of the target {column.name!r} in every row",
        got=f"{column.text(row)} in {table.place(row)}",
        fix="fill it in or remove the row; if it is a class, give it a name",
    )


def _labels(column: Column) -> tuple[tuple[str, ...], np.ndarray]:
    """Sort the distinct labels, by number where all are numbers, and code the rows by them."""
    numbers = column.numbers
    if numbers is None:
        seen = np.unique(column.codes)
        reading = read_numbers([column.levels[code] for code in seen])
        sortable = len(reading.numbers) == len(seen)
        keys = reading.values if sortable else [column.levels[code] for code in seen]
        order = sorted(range(len(seen)), key=lambda at: (keys[at], column.levels[seen[at]]))
        rank = np.empty(len(column.levels), dtype=np.int64)
        rank[seen[order]] = np.arange(len(seen))
        return tuple(column.levels[code] for code in seen[order]), rank[column.codes]
    distinct, codes = np.unique(column.values(), return_inverse=True)
    return tuple(number_text(number) for number in distinct), codes.astype(np.int64)


def _check_classes(
    table: Table, column: Column, labels: tuple[str, ...], codes: np.ndarray, task: str
) -> None:
    if task == "binary" and len(labels) != 2:
        row = int(np.flatnonzero(codes > 1)[0])
        raise OptionError(
            f"needed a target with two values for --task binary in column {column.name!r}",
            got=f"{len(labels)}, among them {format_value(labels[codes[row]])} "
            f"in {table.place(row)}",
            fix="--task multiclass",
        )
    if len(labels) > MOST_CODES and 2 * len(labels) > len(codes):
        raise (OptionError if column.numbers is not None else DataError)(
            f"needed classes that several rows share in the target {column.name!r}",
            got=f"{len(labels)} different values in {len(codes)} rows, the first "
            f"{column.text(0)} in {table.place(0)}",
            fix="--task regression" if column.numbers is not None else "choose another --target",
        )


def _shares(labels: tuple[str, ...], codes: np.ndarray) -> str:
    """How the rows divide among the classes, if that is quickly said."""
    counts = np.bincount(codes)
    text = ", ".join(
        f"{label} {100 * count / len(codes):.0f} %"
        for label, count in zip(labels, counts, strict=True)
    )
    return f": {text}" if len(text) <= SHORT else ""


def _as_numbers(table: Table, column: Column, task: str) -> np.ndarray:
    if column.numbers is not None:
        return column.values()
    reading = read_numbers(column.levels)
    odd = tuple(at for at in range(len(column.levels)) if at not in reading.numbers)
    if np.isin(column.codes, odd).any():
        row = first_row(column, odd)
        raise OptionError(
            f"needed numbers in the target {column.name!r} for --task {task}",
            got=f"{column.text(row)} in {table.place(row)}",
            fix="--task multiclass",
        )
    values: np.ndarray = reading.values[column.codes]
    return values


def _check_counts(table: Table, name: str, values: np.ndarray) -> None:
    for row in np.flatnonzero((values < 0) | (values != np.floor(values)))[:1]:
        raise OptionError(
            f"needed non-negative integers in the target {name!r} for --task count",
            got=f"{number_text(values[row])} in {table.place(int(row))}",
            fix="--task regression",
        )
