"""Export of a store as a CSV or Parquet table, one row per run."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from losslab.core.errors import OptionError
from losslab.core.files import replace_file
from losslab.core.optional import require
from losslab.experiment.store.reader import StoredRecord, StorePath, read_stored

if TYPE_CHECKING:
    import pandas as pd

# Spreadsheets take text that begins with one of these for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def export(path: StorePath, destination: StorePath) -> int:
    """Write the runs of a store to a ``.csv`` or ``.parquet`` file; return their number.

    One row per run: its key, the time of its commit, and every value of its spec and outcome under
    its dotted name, lists as JSON text; curves are left out. In CSV, missing values and NaN are
    both empty, and text that a spreadsheet would run as a formula gets a leading apostrophe. The
    file is written completely or not at all.
    """
    target = Path(destination)
    suffix = target.suffix.lower()
    if suffix not in (".csv", ".parquet"):
        raise OptionError(
            "needed a file name that ends in .csv or .parquet",
            got=repr(os.fspath(target)),
            fix=f"write to {target.with_suffix('.csv').name}",
        )
    if suffix == ".parquet":
        require("pyarrow", extra="parquet", purpose="write Parquet files")
    if os.path.realpath(target) == os.path.realpath(path):
        raise OptionError(
            "needed a file other than the store to write to",
            got=repr(os.fspath(target)),
            fix="write the table to another file",
        )
    rows = [_flatten_record(stored) for stored in read_stored(path, curves=False)]
    write = _write_csv if suffix == ".csv" else _write_parquet
    with replace_file(target) as part:
        write(rows, part)
    return len(rows)


def _flatten_record(stored: StoredRecord) -> dict[str, Any]:
    record = stored.record
    return {
        "key": record.key,
        "committed": stored.committed.isoformat(timespec="milliseconds"),
        **dict(_flatten("spec", record.spec)),
        **dict(_flatten("outcome", record.outcome)),
    }


def _flatten(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    match value:
        case Mapping():
            for key, inner in value.items():
                # A dot inside a key must not read as a step down.
                yield from _flatten(name + "." + key.replace(".", r"\."), inner)
        case list():
            yield name, json.dumps(value)
        case str():
            # A file's name may hold bytes that no encoding can write.
            yield name, value.encode(errors="backslashreplace").decode()
        case _:
            yield name, value


def _make_frame(rows: list[dict[str, Any]]) -> "pd.DataFrame":
    import pandas as pd

    columns = list(dict.fromkeys(name for row in rows for name in row)) or ["key", "committed"]
    # As objects: a column of whole numbers with a gap must not turn into floats.
    return pd.DataFrame(rows, columns=columns, dtype=object)


def _write_csv(rows: list[dict[str, Any]], part: Path) -> None:
    safe = [{name: _escape_formula(value) for name, value in row.items()} for row in rows]
    _make_frame(safe).to_csv(part, index=False, lineterminator="\n", compression=None)


def _escape_formula(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def _write_parquet(rows: list[dict[str, Any]], part: Path) -> None:
    frame = _make_frame(rows)
    for name in frame.columns:
        frame[name] = _convert_column(frame[name])
    frame.to_parquet(part, index=False, engine="pyarrow")


def _convert_column(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Give a column the type of its values; numbers too large for it stay exact as text."""
    values = column.dropna()
    kinds = set(map(type, values))
    largest = max((abs(value) for value in values if isinstance(value, int)), default=0)
    if kinds == {bool}:
        return column.astype("boolean")
    if kinds == {int} and largest < 2**63:
        return column.astype("Int64")
    if kinds <= {int, float} and largest < 2**53:
        return column.astype("float64")
    texts = column.map(
        lambda value: value if isinstance(value, str) else json.dumps(value), na_action="ignore"
    )
    return texts.astype("string")
