"""Loading a data set by name, or from a file, a data frame or another data set."""

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from losslab.core.errors import DataError, UnknownNameError
from losslab.core.registry import suggest
from losslab.data.catalog import DATASETS
from losslab.data.checks import (
    check_columns,
    check_rows,
    describe_many_levels,
    find_table_warnings,
)
from losslab.data.columns import factorize_column, read_column
from losslab.data.csv_reader import read_csv
from losslab.data.dataset import Dataset
from losslab.data.options import TableOptions, format_value
from losslab.data.parquet import read_parquet
from losslab.data.selection import choose_features, choose_target, describe_abbreviations
from losslab.data.table import Table, build_table
from losslab.data.target import read_target

if TYPE_CHECKING:
    import pandas as pd

TEXT_ENDINGS = (".csv", ".tsv", ".txt")
PARQUET_ENDINGS = (".parquet", ".pq")
PACKINGS = ("", ".gz", ".zip")


def load(
    source: "str | os.PathLike[str] | pd.DataFrame | Dataset", options: TableOptions | None = None
) -> Dataset:
    """Read a table and infer task and column types; the data set's notes report the decisions.

    Args:
        source: the name of a data set, the path of a CSV or Parquet file, a data frame or a
            data set.
        options: target, columns, task and the rest; optional only for known data sets.

    Examples:
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
            return _build_dataset(_read_file(name, options), options)
        source = DATASETS[name].load()
    if isinstance(source, Dataset):
        return _apply_options(source, options)
    import pandas as pd

    if isinstance(source, pd.DataFrame):
        return _build_dataset(build_table(source, name="table", source="the data frame"), options)
    is_array = hasattr(source, "shape") or isinstance(source, tuple | list)
    shape = f" of shape {tuple(source.shape)}" if hasattr(source, "shape") else ""
    raise DataError(
        "needed a data set, its name, the path of a file or a pandas data frame",
        got=f"{type(source).__name__}{shape}",
        fix="pandas.DataFrame(X).assign(outcome=y), with target='outcome'"
        if is_array
        else "pandas.DataFrame(...), with target= the column to predict",
    )


def _read_file(name: str, options: TableOptions) -> Table:
    path = Path(name)
    if not os.path.exists(name):
        raise UnknownNameError(
            "needed the name of a data set or the path of an existing CSV or Parquet file",
            got=format_value(name, 200),
            fix=f"{suggest(name, DATASETS)}; for a file of your own, its path and --target COL",
        )
    file_name = path.name.lower()
    if file_name.endswith(PARQUET_ENDINGS):
        return read_parquet(path)
    endings = tuple(ending + packing for ending in TEXT_ENDINGS for packing in PACKINGS)
    if path.is_file() and not file_name.endswith(endings):
        raise DataError(
            f"needed a file that ends in {', '.join(TEXT_ENDINGS + PARQUET_ENDINGS)} "
            "(text also with .gz or .zip)",
            got=format_value(path.name),
            fix="save it as CSV",
        )
    return read_csv(path, options.separator)


def _build_dataset(table: Table, options: TableOptions) -> Dataset:
    import pandas as pd

    name = choose_target(table, options)
    features = choose_features(table, name, options)
    if not table.trusted:
        check_rows(table)
    target = read_target(table, name, task=options.task, decimal=options.decimal)
    columns = [read_column(table, feature, options.decimal) for feature in features]
    if options.impute:
        columns = [column.mask_rows(column.extreme) for column in columns]
    if not table.trusted:
        check_columns(table, columns, impute=options.impute, named=bool(options.features))
    notes = [
        *table.notes,
        *describe_abbreviations(table, options),
        *target.notes,
        *(
            f"column {column.name!r} lacks {column.missing.size} values, to be imputed"
            for column in columns
            if column.missing.size
        ),
        *describe_many_levels(columns),
        *(() if table.trusted else find_table_warnings(columns, target, name)),
    ]
    return Dataset(
        name=table.name,
        X=pd.concat([column.to_series() for column in columns], axis=1),
        y=target.y,
        task=target.task,
        classes=target.classes,
        target=name,
        source=table.source,
        groups=None if options.groups is None else _read_groups(table, options.groups),
        notes=tuple(dict.fromkeys(notes)),
    )


def _read_groups(table: Table, name: str) -> np.ndarray:
    import pandas as pd

    column = factorize_column(table, name)
    empty = [code for code, level in enumerate(column.levels) if not level.strip()]
    for row in column.find_rows([-1, *empty])[:1].tolist():
        raise DataError(
            f"needed a group in every row of column {name!r}",
            got=f"a missing value in {table.locate_row(row)}",
            fix="fill it in or remove the row",
        )
    by_number = column.numbers is not None
    labels = column.to_numpy() if by_number else np.array(column.levels, object)[column.codes]
    # Numbered in order of appearance, so that folds do not depend on how a file format sorts.
    return np.asarray(pd.factorize(labels)[0])


def _apply_options(data: Dataset, options: TableOptions) -> Dataset:
    """Apply the options to a data set, which needs no checks and may keep its task."""
    import pandas as pd

    same_target = options.target in (None, data.target)
    changes_columns = any((options.drop, options.features, options.groups))
    if same_target and not changes_columns and options.task in (None, data.task):
        return data
    target = (
        pd.Categorical.from_codes(data.y.tolist(), categories=pd.Index(data.classes))
        if data.classes
        else data.y
    )
    table = Table(
        frame=data.X.reset_index(drop=True).assign(**{data.target: target}),
        name=data.name,
        source=data.source,
        # The task is inferred again, and noted again.
        notes=tuple(note for note in data.notes if not note.startswith("task ")),
        trusted=True,
    )
    options = replace(
        options,
        target=options.target or data.target,
        task=options.task or (data.task if same_target else None),
    )
    result = _build_dataset(table, options)
    keeps_groups = options.groups is None and data.groups is not None
    return replace(result, groups=data.groups) if keeps_groups else result
