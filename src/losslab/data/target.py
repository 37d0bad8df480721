"""The target column: task inference, class codes or numbers, and its checks."""

from dataclasses import dataclass, replace

import numpy as np

from losslab.core.errors import DataError, OptionError
from losslab.core.tasks import CLASS_TASKS
from losslab.data.columns import (
    Column,
    check_decimal_mark,
    check_stray_texts,
    factorize_column,
    format_label,
    parse_numbers,
)
from losslab.data.options import format_list, format_value
from losslab.data.table import Table

MOST_CODES = 10
ROWS_PER_CODE = 5
SMALL_COUNT = 100
MAX_SHARES = 80  # characters


def infer_task(target: str, labels: tuple[str, ...], numbers: np.ndarray | None) -> tuple[str, str]:
    """Infer the task, with the reason.

    The first rule that applies: two distinct values are binary; text, categories and booleans are
    multiclass; numbers with fractions are regression; at most 10 distinct integers, each in at
    least 5 rows, are classes; non-negative integers with a median of at most 100 are counts (above,
    a count is nearly normal and squared error serves); all other integers are regression.

    Args:
        target: the name of the column.
        labels: its distinct values as text, in order.
        numbers: one number per row, or None if the target is text.

    Examples:
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
            f"target {target!r} has non-negative integers with median {format_label(median)} "
            "(--task regression or multiclass overrides)"
        )
    return "regression", (
        f"target {target!r} has integers with median {format_label(median)}, above {SMALL_COUNT} "
        "(--task count overrides)"
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Target:
    """A parsed target.

    Attributes:
        y: class codes or numbers.
        task: binary, multiclass, regression or count.
        classes: the class labels; empty for numbers.
        notes: what was inferred.
    """

    y: np.ndarray
    task: str
    classes: tuple[str, ...]
    notes: tuple[str, ...]


def read_target(table: Table, name: str, *, task: str | None = None, decimal: str = ".") -> Target:
    """Read the target column; infer its task if none is given.

    A blank cell is an error. 'NA' among text is a class label, as the file says, but among numbers
    it is a missing value, and so an error too.
    """
    column = _read_column(table, name, decimal)
    labels, codes = _encode_labels(column)
    numbers = None if column.numbers is None else column.to_numpy()
    inferred, reason = infer_task(name, labels, numbers)
    chosen = task or inferred
    note = f"task {chosen}: {reason if chosen == inferred else 'as requested'}"
    if chosen in CLASS_TASKS:
        _check_classes(table, column, labels, codes, chosen)
        note += _format_shares(labels, codes) if chosen == "multiclass" else ""
        return Target(y=codes, task=chosen, classes=labels, notes=(note,))
    values = _parse_values(table, column, chosen) if numbers is None else numbers
    if chosen == "count":
        for row in np.flatnonzero((values < 0) | (values != np.floor(values)))[:1].tolist():
            raise OptionError(
                f"needed non-negative integers in the target {name!r} for --task count",
                got=f"{format_label(values[row])} in {table.locate_row(row)}",
                fix="--task regression",
            )
    return Target(y=values, task=chosen, classes=(), notes=(note,))


def _read_column(table: Table, name: str, decimal: str) -> Column:
    column = factorize_column(table, name)
    missing = column.blank[:1].tolist()
    if not missing and column.numbers is None and str(table.frame[name].dtype) != "category":
        parsed = parse_numbers(column.levels, decimal)
        check_decimal_mark(table, column, parsed, decimal)
        if not parsed.all_numbers:
            check_stray_texts(table, column, parsed)
        elif parsed.missing:
            missing = column.find_rows(parsed.missing)[:1].tolist()
        else:
            column = replace(column, numbers=parsed.values)
    for row in missing:
        raise DataError(
            f"needed a value of the target {column.name!r} in every row",
            got=f"{column.format_cell(row)} in {table.locate_row(row)}",
            fix="fill it in or remove the row; if it is a class, give it a name",
        )
    for row in column.extreme[:1].tolist():
        raise DataError(
            f"needed finite numbers within the range of float32 in the target {name!r}",
            got=f"{column.format_cell(row)} in {table.locate_row(row)}",
            fix="correct or remove that row",
        )
    return column


def _encode_labels(column: Column) -> tuple[tuple[str, ...], np.ndarray]:
    """Sort the distinct labels, numerically if all are numbers, and encode the rows by them."""
    if column.numbers is not None:
        distinct, codes = np.unique(column.to_numpy(), return_inverse=True)
        return tuple(format_label(number) for number in distinct), codes.astype(np.int64)
    used, levels = np.unique(column.codes), column.used_levels
    parsed = parse_numbers(levels)
    keys = parsed.values if len(parsed.numbers) == len(used) else levels
    order = sorted(range(len(used)), key=lambda at: (keys[at], levels[at]))
    rank = np.empty(len(column.levels), dtype=np.int64)
    rank[used[order]] = np.arange(len(used))
    return tuple(levels[at] for at in order), rank[column.codes]


def _check_classes(
    table: Table, column: Column, labels: tuple[str, ...], codes: np.ndarray, task: str
) -> None:
    if task == "binary" and len(labels) != 2:
        row = int(np.flatnonzero(codes > 1)[0])
        raise OptionError(
            f"needed a target with two values for --task binary in column {column.name!r}",
            got=f"{len(labels)}, among them {format_value(labels[codes[row]])} "
            f"in {table.locate_row(row)}",
            fix="--task multiclass",
        )
    if len(labels) > MOST_CODES and 2 * len(labels) > len(codes):
        raise (OptionError if column.numbers is not None else DataError)(
            f"needed classes that several rows share in the target {column.name!r}",
            got=f"{len(labels)} different values in {len(codes)} rows, the first "
            f"{column.format_cell(0)} in {table.locate_row(0)}",
            fix="--task regression" if column.numbers is not None else "choose another --target",
        )


def _format_shares(labels: tuple[str, ...], codes: np.ndarray) -> str:
    """Format the share of each class; empty if there are too many."""
    text = ", ".join(
        f"{label} {100 * count / len(codes):.0f} %"
        for label, count in zip(labels, np.bincount(codes), strict=True)
    )
    return f": {text}" if len(text) <= MAX_SHARES else ""


def _parse_values(table: Table, column: Column, task: str) -> np.ndarray:
    parsed = parse_numbers(column.levels)
    others = np.setdiff1d(np.arange(len(column.levels)), parsed.numbers)
    for row in column.find_rows(others)[:1].tolist():
        raise OptionError(
            f"needed numbers in the target {column.name!r} for --task {task}",
            got=f"{column.format_cell(row)} in {table.locate_row(row)}",
            fix="--task multiclass",
        )
    return np.asarray(parsed.values[column.codes])
