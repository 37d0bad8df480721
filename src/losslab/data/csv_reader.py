"""Strict CSV parsing: rows as wide as the header, cells kept as text, line numbers recorded."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from losslab.core.errors import DataError
from losslab.data.files import read_text
from losslab.data.table import Table, check_unique_names

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}


class Row(NamedTuple):
    """The fields of one row and the line of the file on which it begins."""

    line: int
    fields: list[str]


def read_csv(path: Path, separator: str | None = None) -> Table:
    """Read a CSV file, plain, gzipped or zipped."""
    name = path.name.split(".")[0] or path.name
    return parse_csv(read_text(path), name=name, source=path.name, separator=separator)


def parse_csv(text: str, *, name: str, source: str, separator: str | None = None) -> Table:
    """Parse CSV text with a header line; only the separator is inferred, and noted.

    Examples:
        >>> table = parse_csv("a;b\\n1,5;x\\n", name="t", source="t.csv")
        >>> table.columns, table.notes
        (['a', 'b'], ('t.csv is separated by semicolons',))
    """
    import pandas as pd

    mark = separator or detect_separator(text)
    rows = _read_rows(text, mark, source)
    header = next(rows, None)
    if header is None:
        raise DataError(
            f"needed a header line and rows in {source}",
            got="an empty file",
            fix="write the column names into its first line",
        )
    names = [field.strip() or f"column_{at}" for at, field in enumerate(header.fields, start=1)]
    check_unique_names(names, source)
    if len(names) < 2:
        inside = [mark for mark in (*SEPARATORS, "|") if mark in names[0]]
        raise DataError(
            f"needed at least two columns in {source}, a feature and the target",
            got=f"one, {names[0][:60]!r}",
            fix=f'--separator "{inside[0]}"' if inside else "--separator, if it is not a comma",
        )
    body = list(rows)
    _check_widths(body, len(names), source)
    if not body:
        raise DataError(
            f"needed rows in {source}", got="a header line only", fix="add rows of data"
        )
    notes = [] if separator or mark == "," else [f"{source} is separated by {SEPARATORS[mark]}"]
    notes += [
        f"a column without a name is called {name!r}"
        for name, field in zip(names, header.fields, strict=True)
        if not field.strip()
    ]
    return Table(
        frame=pd.DataFrame([row.fields for row in body], columns=pd.Index(names), dtype=object),
        name=name,
        source=source,
        lines=[row.line for row in body],
        notes=tuple(notes),
    )


def detect_separator(text: str) -> str:
    """Find the separator that splits the header; a comma wins if it splits it at all.

    Examples:
        >>> detect_separator("a;b;c")
        ';'
    """
    for mark in SEPARATORS:
        try:
            header = next(_read_rows(text, mark, ""), None)
        except DataError:
            continue
        if header is not None and len(header.fields) > 1:
            return mark
    return ","


def _read_rows(text: str, separator: str, source: str) -> Iterator[Row]:
    # newline="" keeps the line ends, which csv needs for line breaks inside quotes.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    start = 1
    try:
        for fields in reader:
            if fields:  # an empty line is no row
                yield Row(start, fields)
            start = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            f"needed well-formed CSV in {source}",
            got=f"'{error}' in the row that begins in line {start}",
            fix='close every quote, and double a quote inside quotes: "say ""a"""',
        ) from error


def _check_widths(body: list[Row], width: int, source: str) -> None:
    bad = next((row for row in body if len(row.fields) != width), None)
    if bad is None:
        return
    if all(len(row.fields) == width + 1 for row in body):
        fix = "the header lacks a name, often of a first column of row names: add it"
    elif len(bad.fields) > width:
        fix = 'quote a field that contains the separator ("a, b"), or give --separator'
    else:
        fix = "complete the row; a missing value is an empty field between separators"
    raise DataError(
        f"needed {width} fields in every row of {source}, as in its header",
        got=f"{len(bad.fields)} in line {bad.line}",
        fix=fix,
    )
