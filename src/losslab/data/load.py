"""The front door: a data set from a name, a file, a data frame or another data set."""

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from losslab.core.errors import DataError, UnknownNameError
from losslab.core.registry import suggest
from losslab.data.catalog import DATASETS
from losslab.data.checks import check_columns, check_rows, find_table_warnings, level_notes
from losslab.data.columns import Column, raw_column, type_column, without_extremes
from losslab.data.csv_reader import read_csv
from losslab.data.dataset import Dataset
from losslab.data.options import TableOptions, format_value
from losslab.data.parquet import read_parquet
from losslab.data.selection import choose_features, choose_target, feature_notes
from losslab.data.table import Table, table_from_frame
from losslab.data.target import Target, read_target

if TYPE_CHECKING:
    import pandas as pd

TEXT_ENDINGS = (".csv", ".tsv", ".txt")
PARQUET_ENDINGS = (".parquet", ".pq")
PACKINGS = ("", ".gz", ".zip")


def load(
    source: "str | os.PathLike[str] | pd.DataFrame | Dataset", options: TableOptions | None = None
) -> Dataset:
    """Read a table and decide, aloud, what is what in it.

    Args:
        source: the name of a data set, the path of a CSV or Parquet file, a data frame or a
            data set.
        options: target, columns, task and the rest; needed for all but known data sets.

    Example
        >>> import pandas as pd
        >>> sizes = [at / 2 for at in range(20)]
        >>> frame = pd.DataFrame({"size": sizes, "sold": ["yes", "no"] * 10})
        >>> load(frame, TableOptions(target="sold")).notes
        ("task binary: target 'sold' has the two values no, yes",)
    """
    options = options or TableOptions()
    if isinstance(source, str | os.PathLike):
        name = os.fspath(source)
        if name not in DATASETS:
            return _build(_open(name, options), options)
        source = DATASETS[name].load()
    if isinstance(source, Dataset):
        return _adapt(source, options)
    _refuse_what_is_no_frame(source)
    return _build(table_from_frame(source, name="table", source="the data frame"), options)


def _refuse_what_is_no_frame(source: object) -> None:
    import pandas as pd

    if isinstance(source, pd.DataFrame):
        return
    arrays = hasattr(source, "shape") or isinstance(source, tuple | list)
    what = f" of shape {tuple(source.shape)}" if hasattr(source, "shape") else ""
    raise DataError(
        "needed a data set, its name, the path of a file or a pandas data frame",
        got=f"{type(source).__name__}{what}",
        fix="pandas.DataFrame(X).assign(outcome=y), with target='outcome'"
        if arrays
        else "pandas.DataFrame(...), with target= the column to predict",
    )


def _open(name: str, options: TableOptions) -> Table:
    path = Path(name)
    if not os.path.exists(name):
        raise UnknownNameError(
            "needed the name of a data set or the path of an existing CSV or Parquet file",
            got=format_value(name, 200),
            fix=f"{suggest(name, DATASETS)}; for a file of your own, its path and --target COL",
        )
    ending = path.name.lower()
    if ending.endswith(PARQUET_ENDINGS):
        return read_parquet(path)
    if path.is_file() and not ending.endswith(_text_endings()):
        raise DataError(
            f"needed a file that ends in {', '.join(TEXT_ENDINGS + PARQUET_ENDINGS)} "
            "(text also with .gz or .zip)",
            got=format_value(path.name),
            fix="save it as CSV",
        )
    return read_csv(path, options.separator)


def _text_endings() -> tuple[str, ...]:
    return tuple(ending + packing for ending in TEXT_ENDINGS for packing in PACKINGS)


def _build(table: Table, options: TableOptions) -> Dataset:
    name = choose_target(table, options)
    features = choose_features(table, name, options)
    table = replace(table, notes=(*table.notes, *feature_notes(table, options)))
    if not table.trusted:
        check_rows(table)
    target = read_target(table, name, task=options.task, decimal=options.decimal)
    columns = _columns(table, features, options)
    return _dataset(table, columns, target, options)


def _columns(table: Table, features: list[str], options: TableOptions) -> list[Column]:
    columns = [type_column(table, name, options.decimal) for name in features]
    if options.impute:
        columns = [without_extremes(column) for column in columns]
    if not table.trusted:
        check_columns(table, columns, impute=options.impute, named=bool(options.features))
    return columns


def _dataset(table: Table, columns: list[Column], target: Target, options: TableOptions) -> Dataset:
    import pandas as pd

    gaps = [
        f"column {column.name!r} lacks {column.missing.size} values, to be filled in"
        for column in columns
        if column.missing.size
    ]
    name = choose_target(table, options)
    odd = () if table.trusted else find_table_warnings(columns, target, name)
    return Dataset(
        name=table.name,
        X=pd.concat([column.series() for column in columns], axis=1),
        y=target.y,
        task=target.task,
        classes=target.classes,
        target=name,
        source=table.source,
        groups=_groups(table, options.groups),
        notes=tuple(
            dict.fromkeys([*table.notes, *target.notes, *gaps, *level_notes(columns), *odd])
        ),
    )


def _groups(table: Table, name: str | None) -> np.ndarray | None:
    import pandas as pd

    if name is None:
        return None
    column = raw_column(table, name)
    blank = [at for at, level in enumerate(column.levels) if not level.strip()]
    for row in np.flatnonzero((column.codes < 0) | np.isin(column.codes, blank))[:1]:
        raise DataError(
            f"needed a group in every row of column {name!r}",
            got=f"a missing value in {table.place(int(row))}",
            fix="fill it in or remove the row",
        )
    by_number = column.numbers is not None
    labels = column.values() if by_number else np.array(column.levels, object)[column.codes]
    # Numbered as they come, so that folds do not depend on how a file format orders its values.
    codes: np.ndarray = pd.factorize(labels)[0]
    return codes


def _adapt(data: Dataset, options: TableOptions) -> Dataset:
    """Apply the options to a data set, which needs no checks and may keep its task."""
    asked = (options.drop, options.features, options.groups)
    same_target = options.target in (None, data.target)
    if same_target and not any(asked) and options.task in (None, data.task):
        return data
    task = options.task or (data.task if same_target else None)
    adapted = TableOptions(
        target=options.target or data.target,
        drop=options.drop,
        features=options.features,
        groups=options.groups,
        task=task,
        impute=options.impute,
    )
    result = _build(_table(data), adapted)
    keeps_groups = options.groups is None and data.groups is not None
    return replace(result, groups=data.groups) if keeps_groups else result


def _table(data: Dataset) -> Table:
    import pandas as pd

    shown_target = (
        pd.Categorical.from_codes(data.y.tolist(), categories=pd.Index(data.classes))
        if data.classes
        else data.y
    )
    frame = data.X.reset_index(drop=True).assign(**{data.target: shown_target})
    # The task is decided again, and then said again.
    notes = tuple(note for note in data.notes if not note.startswith("task "))
    return Table(frame=frame, name=data.name, source=data.source, notes=notes, trusted=True)
