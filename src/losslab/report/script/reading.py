"""How a script gets its table and splits its rows: from scikit-learn, a generator, or a file."""

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
from losslab.data.split import SplitPlan
from losslab.report.script.loaders import LOADERS
from losslab.report.script.syntax import (
    NUMPY,
    PANDAS,
    Import,
    call,
    format_assignment,
    format_literal,
)


def list_numbers(data: Dataset) -> list[str]:
    """The features that are numbers, in order."""
    return [str(name) for name, kind in data.X.dtypes.items() if str(kind) != "category"]


def list_categories(data: Dataset) -> list[str]:
    """The features that are categories, in order."""
    return [str(name) for name, kind in data.X.dtypes.items() if str(kind) == "category"]


def target_is_number(data: Dataset) -> bool:
    """Whether the target is read as a number: a value, or a class named by a number."""
    return all(isinstance(label, int | float) for label in parse_labels(data.classes))


def parse_labels(classes: Sequence[str]) -> list[str] | list[int | float]:
    """Class labels as they stand in the table: numbers where all of them are numbers.

    >>> parse_labels(("1", "2.5")), parse_labels(("1", "more"))
    ([1, 2.5], ['1', 'more'])
    """
    found = parse_numbers(classes)
    if len(found.numbers) < len(classes):
        return list(classes)
    return [int(value) if value.is_integer() else value for value in found.values.tolist()]


def write_csv_reader(text: str, separator: str, data: Dataset, options: TableOptions) -> str:
    """Write the body of ``read_table(path)`` for a CSV file with this text."""
    marks = [] if separator == "," else [f"sep={format_literal(separator)}"]
    cells = 'table[name].str.replace(",", ".")' if options.decimal == "," else "table[name]"
    lines = [
        '    # All cells are read as text, since pandas takes a category named "NA" for a gap.',
        call("table = pd.read_csv", ["path", *marks, "dtype=str", "keep_default_na=False"], 4),
        *_renaming(text, separator, data, options),
        *_numbers(data, cells, impute=options.impute),
        *_blanks(data, impute=options.impute),
        "    return table",
    ]
    return "\n".join(lines)


def write_parquet_reader(data: Dataset, options: TableOptions) -> str:
    """Write the body of ``read_table(path)`` for a Parquet file."""
    cells = "table[name].astype(object)"
    if options.decimal == ",":
        cells = 'table[name].astype(str).str.replace(",", ".")'
    lines = [
        "    table = pd.read_parquet(path)",
        *_numbers(data, cells, impute=options.impute),
        *_texts(data),
        *_blanks(data, impute=options.impute),
        "    return table",
    ]
    return "\n".join(lines)


def _renaming(text: str, separator: str, data: Dataset, options: TableOptions) -> list[str]:
    """Rename the columns whose names losslab has trimmed or made up."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    header = next(row for row in rows if row)
    used = {*data.X.columns, data.target, options.groups}
    trimmed = any(field != field.strip() for field in header if field.strip() in used)
    lines = ["    table = table.rename(columns=str.strip)"] if trimmed else []
    nameless = {
        f"column_{at + 1}": f"Unnamed: {at}" if field == "" else field.strip()
        for at, field in enumerate(header)
        if not field.strip()
    }
    return lines + [
        f'    table = table.rename(columns={{"{found}": "{name}"}})'
        for name, found in nameless.items()
        if name in used
    ]


def _numbers(data: Dataset, cells: str, *, impute: bool) -> list[str]:
    target = ["TARGET"] if target_is_number(data) else []
    if not impute:
        return _each("NUMBERS", list_numbers(data), target, f"pd.to_numeric({cells})")
    if not list_numbers(data):
        return _each("", [], target, f"pd.to_numeric({cells})")
    return [
        "    for name in NUMBERS:",
        f'        values = pd.to_numeric({cells}, errors="coerce")',
        "        # What is no number that float32 can hold is a gap, and filled in later.",
        "        table[name] = values.where(values.abs() <= np.finfo(np.float32).max)",
        *_each("", [], target, f"pd.to_numeric({cells})"),
    ]


def _texts(data: Dataset) -> list[str]:
    target = [] if target_is_number(data) else ["TARGET"]
    text = 'table[name].astype(object).map(str, na_action="ignore")'
    return _each("CATEGORIES", list_categories(data), target, text)


def _each(constant: str, names: list[str], target: list[str], value: str) -> list[str]:
    """Assign ``value`` to every column of a kind, and to the target if it is of that kind."""
    if not names:
        return [f"    table[{name}] = {value.replace('[name]', f'[{name}]')}" for name in target]
    columns = f"[*{constant}, TARGET]" if target else constant
    return [f"    for name in {columns}:", f"        table[name] = {value}"]


def _blanks(data: Dataset, *, impute: bool) -> list[str]:
    if not (impute and list_categories(data)):
        return []
    return [
        "    # A blank cell or a question mark is a gap, too, and becomes a level of its own.",
        '    blank = r"^\\s*\\??\\s*$"',
        "    table[CATEGORIES] = table[CATEGORIES].replace(blank, np.nan, regex=True)",
    ]


@dataclass(frozen=True, kw_only=True)
class FoldPlan:
    """A class of sklearn.model_selection, and how many folds to make of what.

    Args:
        splitter: the name of the class.
        test: one fold of so many is for the test.
        validation: one fold of so many, of the rest, chooses the epoch.
    """

    splitter: str
    test: int
    validation: int


SPLITTERS = {
    (False, False): "KFold",
    (True, False): "StratifiedKFold",
    (False, True): "GroupKFold",
    (True, True): "StratifiedGroupKFold",
}


def choose_folds(data: Dataset, plan: SplitPlan) -> FoldPlan:
    """Choose folds whose sizes are the plan's shares."""
    stratified = data.task in CLASS_TASKS
    wanted = round(1 / plan.validation)
    # No class can be in more folds than it has rows, nor can groups be.
    kinds = data.groups if data.groups is not None else data.y if stratified else None
    most = len(data)
    if data.groups is not None:
        most = len(np.unique(data.groups))
    elif kinds is not None:
        most = int(np.unique(kinds, return_counts=True)[1].max())
    left = most - -(-most // plan.n_splits)
    return FoldPlan(
        splitter=SPLITTERS[stratified, data.groups is not None],
        test=plan.n_splits,
        validation=max(2, min(wanted, left)),
    )


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The body of the script's ``read_table`` and what goes with it.

    Args:
        summary: the function's docstring.
        body: its lines, indented.
        imports: what they need.
        takes_path: whether the table is a file, to be named by ``--data``.
        default: the assignment of the file's usual path; empty if it has none.
        help: what ``--data`` is.
    """

    summary: str
    body: str
    imports: frozenset[Import]
    takes_path: bool
    default: str = ""
    help: str = ""


def reading(source: str | None, data: Dataset, options: TableOptions) -> Reading:
    """Write the code that reads what losslab has read.

    Args:
        source: the name of a data set or the path of a file; None for a data frame, which the
            script expects as a Parquet file.
        data: the table as losslab has read it.
        options: as it was asked to.
    """
    if source is not None and source in DATASETS:
        return _from_catalogue(source)
    if source is None or source.lower().endswith(PARQUET_ENDINGS):
        summary, body = "Read the Parquet file.", write_parquet_reader(data, options)
    else:
        text = files.read_text(Path(source))
        separator = options.separator or csv_reader.detect_separator(text)
        summary, body = "Read the CSV file.", write_csv_reader(text, separator, data, options)
    return Reading(
        summary=summary,
        body=body,
        imports=frozenset({NUMPY, PANDAS}),
        takes_path=True,
        default="" if source is None else format_assignment("DATA", source),
        help="the table, saved by frame.to_parquet(...)" if source is None else "the table",
    )


def _from_catalogue(name: str) -> Reading:
    loader = LOADERS[name]
    return Reading(
        summary=loader.summary,
        body=loader.body,
        imports=loader.imports,
        takes_path=bool(loader.path),
        default=f"DATA = {loader.path}" if loader.path else "",
        help=loader.help,
    )
