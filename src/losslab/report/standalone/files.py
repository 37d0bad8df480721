"""The lines that read a CSV or Parquet file as losslab reads it."""

import csv
import io

from losslab.data.options import TableOptions
from losslab.data.spec import Dataset
from losslab.report.standalone.columns import category_names, number_names, target_is_number
from losslab.report.standalone.literals import call, literal


def csv_body(text: str, separator: str, data: Dataset, options: TableOptions) -> str:
    """Write the body of ``read_table(path)`` for a CSV file with this text."""
    marks = [] if separator == "," else [f"sep={literal(separator)}"]
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


def parquet_body(data: Dataset, options: TableOptions) -> str:
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
        return _each("NUMBERS", number_names(data), target, f"pd.to_numeric({cells})")
    if not number_names(data):
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
    return _each("CATEGORIES", category_names(data), target, text)


def _each(constant: str, names: list[str], target: list[str], value: str) -> list[str]:
    """Assign ``value`` to every column of a kind, and to the target if it is of that kind."""
    if not names:
        return [f"    table[{name}] = {value.replace('[name]', f'[{name}]')}" for name in target]
    columns = f"[*{constant}, TARGET]" if target else constant
    return [f"    for name in {columns}:", f"        table[name] = {value}"]


def _blanks(data: Dataset, *, impute: bool) -> list[str]:
    if not (impute and category_names(data)):
        return []
    return [
        "    # A blank cell or a question mark is a gap, too, and becomes a level of its own.",
        '    blank = r"^\\s*\\??\\s*$"',
        "    table[CATEGORIES] = table[CATEGORIES].replace(blank, np.nan, regex=True)",
    ]
