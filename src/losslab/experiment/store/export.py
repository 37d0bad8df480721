"""The store as one table, a row per run, for CSV and Parquet."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from losslab.core.errors import OptionError
from losslab.core.files import replace_file
from losslab.core.optional import require
from losslab.experiment.store.reader import Stored, StorePath, read_stored

if TYPE_CHECKING:
    import pandas as pd

# A spreadsheet takes text that begins so for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def export(path: StorePath, destination: StorePath) -> int:
    """Write the runs of a store as a table, ``.csv`` or ``.parquet``; return how many.

    One row per run: its key, when it was committed, and every value of its spec and outcome
    under its dotted name, lists as JSON text; curves are left out. In CSV, missing values and
    NaN are both empty, and text that a spreadsheet would run as a formula gets a leading
    apostrophe. The file is written whole or not at all.
    """
    target = Path(destination)
    write = _writer_for(target)
    if os.path.realpath(target) == os.path.realpath(path):
        raise OptionError(
            "needed a file other than the store to write to",
            got=repr(os.fspath(target)),
            fix="write the table to another file",
        )
    rows = [_cells(stored) for stored in read_stored(path, curves=False)]
    with replace_file(target) as part:
        write(rows, part)
    return len(rows)


def _writer_for(target: Path) -> Callable[[list[dict[str, Any]], Path], None]:
    match target.suffix.lower():
        case ".csv":
            return _write_csv
        case ".parquet":
            require("pyarrow", extra="parquet", purpose="write Parquet files")
            return _write_parquet
    raise OptionError(
        "needed a file name that ends in .csv or .parquet",
        got=repr(os.fspath(target)),
        fix=f"write to {target.with_suffix('.csv').name}",
    )


def _cells(stored: Stored) -> dict[str, Any]:
    record = stored.record
    return {
        "key": record.key,
        "committed": stored.committed.isoformat(timespec="milliseconds"),
        **dict(_flat("spec", record.spec)),
        **dict(_flat("outcome", record.outcome)),
    }


def _flat(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    match value:
        case Mapping():
            for key, inner in value.items():
                # A dot inside a key must not read as a step down.
                yield from _flat(name + "." + key.replace(".", r"\."), inner)
        case list():
            yield name, json.dumps(value)
        case str():
            yield name, _printable(value)
        case _:
            yield name, value


def _printable(text: str) -> str:
    # A file's name may hold bytes that no encoding can write.
    return text.encode(errors="backslashreplace").decode()


def _frame(rows: list[dict[str, Any]]) -> "pd.DataFrame":
    import pandas as pd

    columns = list(dict.fromkeys(name for row in rows for name in row)) or ["key", "committed"]
    # As objects: a column of whole numbers with a gap must not turn into floats.
    return pd.DataFrame(rows, columns=columns, dtype=object)


def _write_csv(rows: list[dict[str, Any]], part: Path) -> None:
    safe = [{name: _inert(value) for name, value in row.items()} for row in rows]
    _frame(safe).to_csv(part, index=False, lineterminator="\n", compression=None)


def _inert(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def _write_parquet(rows: list[dict[str, Any]], part: Path) -> None:
    frame = _frame(rows)
    for name in frame.columns:
        frame[name] = _typed(frame[name])
    frame.to_parquet(part, index=False, engine="pyarrow")


def _typed(column: "pd.Series[Any]") -> "pd.Series[Any]":
    kinds = {type(value) for value in column if value is not None and value == value}
    if kinds == {bool}:
        return column.astype("boolean")
    if kinds == {int} and _all_below(2**63, column):
        return column.astype("Int64")
    if kinds <= {int, float} and _all_below(2**53, column):
        return column.astype("float64")
    return column.map(_text, na_action="ignore").astype("string")


def _all_below(limit: int, column: "pd.Series[Any]") -> bool:
    # A whole number that the column's type cannot hold stays exact as text.
    return all(abs(value) < limit for value in column.dropna() if isinstance(value, int))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
