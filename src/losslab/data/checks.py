"""Checks of a table's size and features, and warnings about suspicious contents."""

from collections.abc import Sequence

import numpy as np

from losslab.core.errors import DataError
from losslab.data.columns import Column, are_dates
from losslab.data.options import format_list, format_option, format_value
from losslab.data.table import Table
from losslab.data.target import Target

MIN_ROWS = 20
MANY_LEVELS = 50
COPY_TOLERANCE = 1e-9  # of the standard deviation: a copy in other units differs by rounding
_DATES = "different dates, which as text say nothing about other days"
_INTEGER_ID = "a different integer in every row, so it seems to be an id"


def check_rows(table: Table) -> None:
    """Reject a table too small to be split."""
    if len(table.frame) < MIN_ROWS:
        raise DataError(
            f"needed at least {MIN_ROWS} rows in {table.source}, to train and to test",
            got=str(len(table.frame)),
            fix="gather more rows",
        )


def check_columns(table: Table, columns: Sequence[Column], *, impute: bool, named: bool) -> None:
    """Reject features that are constant, identify the row, or lack values.

    Args:
        table: where the features come from.
        columns: the features.
        impute: accept missing and extreme values, which are imputed later.
        named: the user listed the features, so a number that differs in every row is not an id.
    """
    defects = {
        column.name: defect
        for column in columns
        if (defect := _find_defect(column, impute=impute, named=named))
    }
    if defects:
        raise DataError(
            f"needed columns of {table.source} that say something about other rows",
            got="; ".join(f"column {name!r} with {defect}" for name, defect in defects.items()),
            fix=_suggest_fix(defects),
        )
    if not impute:
        _check_range(table, columns)
        _check_missing(table, columns)


def describe_many_levels(columns: Sequence[Column]) -> tuple[str, ...]:
    """Report the categories that become very many inputs."""
    return tuple(
        f"column {column.name!r} has {_count_distinct(column)} levels, each of which becomes an "
        "input"
        for column in columns
        if column.numbers is None and _count_distinct(column) > MANY_LEVELS
    )


def _find_defect(column: Column, *, impute: bool, named: bool) -> str:
    present, distinct = int((column.codes >= 0).sum()), _count_distinct(column)
    unique = distinct == len(column.codes)
    if distinct == 0:
        return "no value at all"
    # With gaps to be imputed, the indicator still tells rows apart.
    if distinct == 1 and (present == len(column.codes) or not impute):
        return f"the single value {column.format_cell(int(column.codes.argmax()))}"
    if column.numbers is not None:
        values = column.to_numpy()
        integers = bool(np.all(np.isfinite(values)) and np.all(values == np.floor(values)))
        return _INTEGER_ID if unique and integers and not named else ""
    sparse = distinct > MANY_LEVELS and 2 * distinct > present
    if (unique or sparse) and are_dates(column.levels):
        return f"{distinct} {_DATES}"
    if unique:
        return "a different text in every row, so it seems to be an id"
    # One-hot inputs that mostly stand for one row each do not generalize.
    return f"{distinct} different texts in {present} rows" if sparse else ""


def _suggest_fix(defects: dict[str, str]) -> str:
    fix = format_option("drop", list(defects))
    if dates := [name for name, defect in defects.items() if defect.endswith(_DATES)]:
        fix += (
            f", or replace {format_list(dates)} by numbers, such as year, month, weekday or the "
            "days since a fixed date"
        )
    if integers := [name for name, defect in defects.items() if defect == _INTEGER_ID]:
        fix += f", or list the features with --features if {format_list(integers)} is a quantity"
    return fix


def _check_range(table: Table, columns: Sequence[Column]) -> None:
    for column in columns:
        for row in column.extreme[:1].tolist():
            raise DataError(
                f"needed finite numbers within the range of float32 in column {column.name!r}",
                got=f"{column.format_cell(row)} in {table.locate_row(row)}",
                fix=f"correct it, --impute (treats it as missing), or "
                f"{format_option('drop', [column.name])}",
            )


def _check_missing(table: Table, columns: Sequence[Column]) -> None:
    gaps = [column for column in columns if column.missing.size]
    if not gaps:
        return
    counts = [f"{column.name} ({column.missing.size})" for column in gaps]
    row = int(gaps[0].missing[0])
    raise DataError(
        f"needed a value in every row of the features of {table.source}",
        got=f"missing values in {format_list(counts)}; the first is "
        f"{format_value(table.frame[gaps[0].name].iloc[row])} in column "
        f"{gaps[0].name!r}, {table.locate_row(row)}",
        fix=f"--impute (fills them in and adds an indicator), or "
        f"{format_option('drop', [column.name for column in gaps])}",
    )


def _count_distinct(column: Column) -> int:
    used = np.unique(column.codes[column.codes >= 0])
    return len(used) if column.numbers is None else len(np.unique(column.numbers[used]))


def find_table_warnings(columns: Sequence[Column], target: Target, name: str) -> tuple[str, ...]:
    """Report labels that look alike, features that copy the target, and duplicate rows.

    Args:
        columns: the features.
        target: the parsed target.
        name: the name of the target.
    """
    levels = {f"target {name!r}": target.classes} | {
        f"column {column.name!r}": column.used_levels
        for column in columns
        if column.numbers is None
    }
    warnings = [
        f"{where}: {format_list([repr(label) for label in labels])} differ only by blanks or case, "
        "and count as different"
        for where, texts in levels.items()
        for labels in find_lookalikes(texts)
    ]
    warnings += [
        f"column {column.name!r} determines the target {name!r}; if it would not be known when "
        f"predicting, {format_option('drop', [column.name])}"
        for column in columns
        if _copies_target(column, target)
    ]
    rows = np.column_stack([*map(_encode_contents, columns), target.y]).astype(np.float64)
    if duplicates := len(rows) - len(np.unique(rows, axis=0)):
        warnings.append(
            f"{duplicates} of {len(rows)} rows repeat an earlier row in every feature and the "
            "target; duplicates can be in both training and test rows"
        )
    return tuple(warnings)


def find_lookalikes(labels: Sequence[str]) -> list[list[str]]:
    """Group the labels that differ only by case or by blanks at their ends.

    Examples:
        >>> find_lookalikes(["no", "yes", " yes", "Yes"])
        [['yes', ' yes', 'Yes']]
    """
    groups: dict[str, list[str]] = {}
    for label in labels:
        groups.setdefault(label.strip().casefold(), []).append(label)
    return [group for group in groups.values() if len(group) > 1]


def _encode_contents(column: Column) -> np.ndarray:
    """Return one number per distinct content; missing counts as a content, too."""
    if column.numbers is None:
        return column.codes
    values = column.to_numpy()
    return np.where(np.isnan(values), np.inf, values)


def _copies_target(column: Column, target: Target) -> bool:
    values = _encode_contents(column)
    if not target.classes:
        return column.numbers is not None and _are_proportional(values, target.y)
    distinct, codes = np.unique(values, return_inverse=True)
    pairs = np.unique(np.stack([codes, target.y]), axis=1).shape[1]
    return len(distinct) == len(target.classes) == int(pairs)


def _are_proportional(values: np.ndarray, y: np.ndarray) -> bool:
    """Whether both are the same quantity up to unit, sign and offset."""
    with np.errstate(all="ignore"):
        first, second = ((one - one.mean()) / one.std() for one in (values, y))
        difference = min(np.abs(first - second).max(), np.abs(first + second).max())
    return bool(difference < COPY_TOLERANCE)  # False for NaN: constant columns and gaps
