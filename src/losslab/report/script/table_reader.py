"""How a script reads a table and splits its rows."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from losslab.core.tasks import CLASS_TASKS
from losslab.data import csv_reader, files
from losslab.data.catalog import DATASETS
from losslab.data.columns import parse_numbers
from losslab.data.dataset import Dataset
from losslab.data.load import PARQUET_ENDINGS
from losslab.data.options import TableOptions
from losslab.data.split import SPLITTERS, SplitPlan
from losslab.report.script.loaders import LOADERS, TableReader
from losslab.report.script.syntax import (
    NUMPY,
    PANDAS,
    format_assignment,
    format_call,
    format_literal,
)


def list_features(data: Dataset) -> tuple[list[str], list[str]]:
    """List the features that are numbers, and those that are categories."""
    names: tuple[list[str], list[str]] = [], []
    for name, dtype in data.X.dtypes.items():
        names[str(dtype) == "category"].append(str(name))
    return names


def parse_labels(classes: Sequence[str]) -> list[str] | list[int | float]:
    """Convert class labels to numbers if all of them are numbers.

    Examples:
        >>> parse_labels(("1", "2.5")), parse_labels(("1", "more"))
        ([1, 2.5], ['1', 'more'])
    """
    parsed = parse_numbers(classes)
    if len(parsed.numbers) < len(classes):
        return list(classes)
    return [int(value) if value.is_integer() else value for value in parsed.values.tolist()]


def write_reader(source: str | None, data: Dataset, options: TableOptions) -> TableReader:
    """Write the code that reads a table as losslab has read it.

    Args:
        source: the name of a data set or the path of a file; None for a data frame, which the
            script expects as a Parquet file.
        data: the table as losslab has read it.
        options: how it was read.
    """
    if source is not None and source in DATASETS:
        return LOADERS[source]
    if source is None or source.lower().endswith(PARQUET_ENDINGS):
        kind, lines = "Parquet", _write_parquet(data, options)
    else:
        text = files.read_text(Path(source))
        separator = options.separator or csv_reader.detect_separator(text)
        kind, lines = "CSV", _write_csv(text, separator, data, options)
    return TableReader(
        summary=f"Read the {kind} file.",
        body="\n".join(lines),
        imports=frozenset({NUMPY, PANDAS}),
        takes_path=True,
        default="" if source is None else format_assignment("DATA", source),
        help="the table, saved by frame.to_parquet(...)" if source is None else "the table",
    )


def _write_csv(text: str, separator: str, data: Dataset, options: TableOptions) -> list[str]:
    arguments = ["path", "dtype=str", "keep_default_na=False"]
    if separator != ",":
        arguments.insert(1, f"sep={format_literal(separator)}")
    cells = 'table[name].str.replace(",", ".")' if options.decimal == "," else "table[name]"
    return [
        '    # All cells are read as text, since pandas takes a category named "NA" for a gap.',
        format_call("table = pd.read_csv", arguments, indent=4),
        *_rename_columns(text, separator, data, options),
        *_convert_numbers(data, cells, impute=options.impute),
        *_mark_blanks(data, impute=options.impute),
        "    return table",
    ]


def _write_parquet(data: Dataset, options: TableOptions) -> list[str]:
    cells = "table[name].astype(object)"
    if options.decimal == ",":
        cells = 'table[name].astype(str).str.replace(",", ".")'
    _, categories = list_features(data)
    text = 'table[name].astype(object).map(str, na_action="ignore")'
    return [
        "    table = pd.read_parquet(path)",
        *_convert_numbers(data, cells, impute=options.impute),
        *_convert_columns("CATEGORIES", categories, not _has_numeric_target(data), text),
        *_mark_blanks(data, impute=options.impute),
        "    return table",
    ]


def _rename_columns(text: str, separator: str, data: Dataset, options: TableOptions) -> list[str]:
    """Rename the columns whose names losslab has stripped or invented."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    header = next(row for row in rows if row)
    used = {*data.X.columns, data.target, options.groups}
    stripped = any(field != field.strip() for field in header if field.strip() in used)
    lines = ["    table = table.rename(columns=str.strip)"] if stripped else []
    for at, field in enumerate(header):
        name = f"column_{at + 1}"
        if not field.strip() and name in used:
            name_in_pandas = "" if field else f"Unnamed: {at}"
            lines.append(f'    table = table.rename(columns={{"{name_in_pandas}": "{name}"}})')
    return lines


def _has_numeric_target(data: Dataset) -> bool:
    """Whether the target is a value, or a class named by a number."""
    return all(isinstance(label, int | float) for label in parse_labels(data.classes))


def _convert_numbers(data: Dataset, cells: str, *, impute: bool) -> list[str]:
    numbers, _ = list_features(data)
    target = _has_numeric_target(data)
    if not impute or not numbers:
        return _convert_columns("NUMBERS", numbers, target, f"pd.to_numeric({cells})")
    return [
        "    for name in NUMBERS:",
        f'        values = pd.to_numeric({cells}, errors="coerce")',
        "        # Anything but a number that float32 can hold is missing, and imputed later.",
        "        table[name] = values.where(values.abs() <= np.finfo(np.float32).max)",
        *_convert_columns("", [], target, f"pd.to_numeric({cells})"),
    ]


def _convert_columns(constant: str, names: list[str], target: bool, value: str) -> list[str]:
    """Assign ``value`` to the features of a kind, and to the target if it is of that kind."""
    if not names:
        return [f"    table[TARGET] = {value.replace('[name]', '[TARGET]')}"] if target else []
    columns = f"[*{constant}, TARGET]" if target else constant
    return [f"    for name in {columns}:", f"        table[name] = {value}"]


def _mark_blanks(data: Dataset, *, impute: bool) -> list[str]:
    _, categories = list_features(data)
    if not (impute and categories):
        return []
    return [
        "    # A blank cell or a question mark is missing, too, and becomes a level of its own.",
        '    blank = r"^\\s*\\??\\s*$"',
        "    table[CATEGORIES] = table[CATEGORIES].replace(blank, np.nan, regex=True)",
    ]


@dataclass(frozen=True, kw_only=True)
class FoldPlan:
    """A splitter of scikit-learn and its numbers of folds.

    Args:
        splitter: the name of the class in ``sklearn.model_selection``.
        test: the number of folds, of which one is for testing.
        validation: the number of folds of the rest, of which one chooses the epoch.
    """

    splitter: str
    test: int
    validation: int


def choose_folds(data: Dataset, plan: SplitPlan) -> FoldPlan:
    """Choose folds whose sizes are the plan's shares."""
    stratified = data.task in CLASS_TASKS
    # No class can be in more folds than it has rows, nor can groups be.
    most = len(data)
    if data.groups is not None:
        most = len(np.unique(data.groups))
    elif stratified:
        most = int(np.unique(data.y, return_counts=True)[1].max())
    remaining = most - -(-most // plan.n_splits)
    return FoldPlan(
        splitter=SPLITTERS[stratified, data.groups is not None],
        test=plan.n_splits,
        validation=max(2, min(round(1 / plan.validation), remaining)),
    )
