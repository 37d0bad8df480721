"""Columns that must not reach a network, the rows a table needs, and warnings about the rest."""

from collections.abc import Sequence

import numpy as np

from losslab.core.errors import DataError
from losslab.data.columns import Column, are_dates
from losslab.data.options import format_list, format_option, format_value
from losslab.data.table import Table
from losslab.data.target import Target

MIN_ROWS = 20
MANY_LEVELS = 50
_DATES = "different dates, which as text tell nothing about other days"


def check_rows(table: Table) -> None:
    """Refuse a table too small to be split."""
    if len(table.frame) < MIN_ROWS:
        raise DataError(
            f"needed at least {MIN_ROWS} rows in {table.source}, to train and to test",
            got=str(len(table.frame)),
            fix="gather more rows",
        )


def check_columns(table: Table, columns: Sequence[Column], *, impute: bool, named: bool) -> None:
    """Refuse columns that tell nothing, only name the row, or lack values.

    With ``impute``, missing and extreme values are filled in later, so they are accepted. With
    ``named``, the user listed the features, so a number that differs in every row is meant.
    """
    useless = {column.name: _useless(column, impute=impute, named=named) for column in columns}
    refused = {name: reason for name, reason in useless.items() if reason}
    if refused:
        raise DataError(
            f"needed columns of {table.source} that say something about other rows",
            got="; ".join(f"column {name!r} with {reason}" for name, reason in refused.items()),
            fix=format_option("drop", list(refused))
            + _date_hint(refused)
            + _keep_hint(columns, refused),
        )
    if not impute:
        _refuse_extremes(table, columns)
        _refuse_missing(table, columns)


def level_notes(columns: Sequence[Column]) -> tuple[str, ...]:
    """Say which categories will become very many inputs."""
    return tuple(
        f"column {column.name!r} has {_distinct(column)} levels, each of which becomes an input"
        for column in columns
        if column.numbers is None and _distinct(column) > MANY_LEVELS
    )


def _useless(column: Column, *, impute: bool, named: bool) -> str:
    present, distinct = int((column.codes >= 0).sum()), _distinct(column)
    if distinct == 0:
        return "no value at all"
    # With gaps to be imputed, the indicator still tells rows apart.
    if distinct == 1 and (present == len(column.codes) or not impute):
        return f"the single value {column.text(int(column.codes.argmax()))}"
    if column.numbers is not None:
        is_id = distinct == len(column.codes) and not named and _integral(column)
        return "a different integer in every row, so it seems to be an id" if is_id else ""
    many = distinct > MANY_LEVELS and 2 * distinct > present
    if (distinct == len(column.codes) or many) and are_dates(column.levels):
        return f"{distinct} {_DATES}"
    if distinct == len(column.codes):
        return "a different text in every row, so it seems to be an id"
    # One-hot inputs that mostly stand for one row each cannot carry over to other rows.
    if many:
        return f"{distinct} different texts in {present} rows"
    return ""


def _date_hint(refused: dict[str, str]) -> str:
    dates = [name for name, reason in refused.items() if reason.endswith(_DATES)]
    return (
        f", or put numbers in the place of {format_list(dates)}, such as year, month, weekday or "
        "the days since a fixed one"
        if dates
        else ""
    )


def _keep_hint(columns: Sequence[Column], refused: dict[str, str]) -> str:
    numeric = [
        column.name
        for column in columns
        if refused.get(column.name, "").startswith("a different integer")
    ]
    return (
        f", or list the features with --features if {format_list(numeric)} is a quantity"
        if numeric
        else ""
    )


def _refuse_extremes(table: Table, columns: Sequence[Column]) -> None:
    for column in columns:
        for row in column.extreme[:1]:
            raise DataError(
                f"needed finite numbers within the range of float32 in column {column.name!r}",
                got=f"{column.text(int(row))} in {table.place(int(row))}",
                fix=f"correct it, --impute (treats it as missing), or "
                f"{format_option('drop', [column.name])}",
            )


def _refuse_missing(table: Table, columns: Sequence[Column]) -> None:
    gaps = [column for column in columns if column.missing.size]
    if not gaps:
        return
    counts = [f"{column.name} ({column.missing.size})" for column in gaps]
    cell = format_value(table.frame[gaps[0].name].iloc[gaps[0].missing[0]])
    raise DataError(
        f"needed a value in every row of the features of {table.source}",
        got=f"missing values in {format_list(counts)}; the first is {cell} in column "
        f"{gaps[0].name!r}, {table.place(int(gaps[0].missing[0]))}",
        fix=f"--impute (fills them in and adds an indicator), or "
        f"{format_option('drop', [column.name for column in gaps])}",
    )


def _distinct(column: Column) -> int:
    seen = np.unique(column.codes[column.codes >= 0])
    return len(seen) if column.numbers is None else len(np.unique(column.numbers[seen]))


def _integral(column: Column) -> bool:
    values = column.values()
    return bool(np.all(np.isfinite(values)) and np.all(values == np.floor(values)))


ALMOST = 1e-9  # of the spread: a copy in other units differs by rounding


def find_table_warnings(columns: Sequence[Column], target: Target, name: str) -> tuple[str, ...]:
    """Say which labels look alike, which features copy the target, and how many rows repeat.

    Args:
        columns: the features.
        target: the target ``name``, read.
        name: of the target.
    """
    texts = [(f"target {name!r}", target.classes)]
    texts += [
        (f"column {own.name!r}", tuple(_levels(own))) for own in columns if own.numbers is None
    ]
    notes = [
        f"{where}: {format_list([repr(label) for label in labels])} differ only by blanks or case, "
        "and count as different"
        for where, levels in texts
        for labels in lookalikes(levels)
    ]
    copies = [column.name for column in columns if _copies(column, target)]
    notes += [
        f"column {copy!r} tells the target {name!r} without fail; if it would not be known when "
        f"predicting, {format_option('drop', [copy])}"
        for copy in copies
    ]
    repeated = _repeated(columns, target)
    if repeated:
        notes.append(
            f"{repeated} of {len(target.y)} rows repeat an earlier row in every feature and the "
            "target; true copies are tested on after they were trained on"
        )
    return tuple(notes)


def lookalikes(labels: Sequence[str]) -> list[list[str]]:
    """Group the labels that differ only by blanks at their ends or by case.

    >>> lookalikes(["no", "yes", " yes", "Yes"])
    [['yes', ' yes', 'Yes']]
    """
    groups: dict[str, list[str]] = {}
    for label in labels:
        groups.setdefault(label.strip().casefold(), []).append(label)
    return [group for group in groups.values() if len(group) > 1]


def _levels(column: Column) -> list[str]:
    return [column.levels[code] for code in np.unique(column.codes) if code >= 0]


def _values(column: Column) -> np.ndarray:
    """One number per row that tells its contents apart; a missing one is a content too."""
    if column.numbers is None:
        return column.codes
    values = column.values()
    filled: np.ndarray = np.where(np.isnan(values), np.inf, values)
    return filled


def _copies(column: Column, target: Target) -> bool:
    values = _values(column)
    if not target.classes:
        return column.numbers is not None and _same_but_for_units(values, target.y)
    distinct, codes = np.unique(values, return_inverse=True)
    pairs = np.unique(np.stack([codes, target.y]), axis=1).shape[1]
    return len(distinct) == len(target.classes) == int(pairs)


def _same_but_for_units(values: np.ndarray, y: np.ndarray) -> bool:
    with np.errstate(all="ignore"):
        first, second = ((one - one.mean()) / one.std() for one in (values, y))
        apart = min(np.abs(first - second).max(), np.abs(first + second).max())
    return bool(apart < ALMOST)  # false for NaN, from a column without spread or with gaps


def _repeated(columns: Sequence[Column], target: Target) -> int:
    rows = np.stack([*map(_values, columns), target.y], axis=1).astype(np.float64)
    return len(rows) - len(np.unique(rows, axis=0))
