"""Columns that must not reach a network, and the rows a table needs."""

from collections.abc import Sequence

import numpy as np

from losslab.core.errors import DataError
from losslab.data.columns import Column
from losslab.data.dates import are_dates
from losslab.data.table import Table
from losslab.data.wording import flag, listed, shown

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
            fix=flag("drop", list(refused)) + _date_hint(refused) + _keep_hint(columns, refused),
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
        f", or put numbers in the place of {listed(dates)}, such as year, month, weekday or the "
        "days since a fixed one"
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
        f", or list the features with --features if {listed(numeric)} is a quantity"
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
                f"{flag('drop', [column.name])}",
            )


def _refuse_missing(table: Table, columns: Sequence[Column]) -> None:
    gaps = [column for column in columns if column.missing.size]
    if not gaps:
        return
    counts = [f"{column.name} ({column.missing.size})" for column in gaps]
    cell = shown(table.frame[gaps[0].name].iloc[gaps[0].missing[0]])
    raise DataError(
        f"needed a value in every row of the features of {table.source}",
        got=f"missing values in {listed(counts)}; the first is {cell} in column "
        f"{gaps[0].name!r}, {table.place(int(gaps[0].missing[0]))}",
        fix=f"--impute (fills them in and adds an indicator), or "
        f"{flag('drop', [column.name for column in gaps])}",
    )


def _distinct(column: Column) -> int:
    seen = np.unique(column.codes[column.codes >= 0])
    return len(seen) if column.numbers is None else len(np.unique(column.numbers[seen]))


def _integral(column: Column) -> bool:
    values = column.values()
    return bool(np.all(np.isfinite(values)) and np.all(values == np.floor(values)))
