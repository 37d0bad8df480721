"""Reading a store while another process may write it."""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from losslab.core.errors import StoreError
from losslab.core.json_values import to_json_value
from losslab.experiment.record import Record
from losslab.experiment.store.errors import convert_errors
from losslab.experiment.store.schema import (
    CurveRow,
    DamageError,
    RunRow,
    check_header,
    decode_record,
)

RUN_COLUMNS = ", ".join(RunRow._fields)
CURVE_COLUMNS = ", ".join(CurveRow._fields)
BATCH = 256
BUSY_TIMEOUT = 30.0  # seconds

StorePath = str | os.PathLike[str]


@dataclass(frozen=True, kw_only=True)
class StoredRecord:
    """A record with its place in the store.

    Attributes:
        number: 1 for the first run that was stored.
        committed: when it was stored.
        record: the run.
    """

    number: int
    committed: datetime
    record: Record


def count(path: StorePath) -> int:
    """Count the runs of the store at ``path``."""
    place = find_store(path)
    with convert_errors(place, "read the store"), connect_read_only(place) as connection:
        return int(connection.execute("SELECT count(*) FROM runs").fetchone()[0])


def read_records(path: StorePath) -> Iterator[Record]:
    """Iterate over all records of the store at ``path`` in the order of their commits."""
    return (stored.record for stored in read_stored(path))


def read_stored(
    path: StorePath, *, newest: int | None = None, curves: bool = True
) -> Iterator[StoredRecord]:
    """Iterate over the records of a store, or its ``newest`` few, with their places.

    Rows are read in batches and no transaction stays open in between, so a slow reader holds up
    neither the writer nor the clearing of its log. Runs committed after the first row was read are
    left out.
    """
    place = find_store(path)

    def read() -> Iterator[StoredRecord]:
        with convert_errors(place, "read the store"), connect_read_only(place) as connection:
            (last,) = connection.execute("SELECT coalesce(max(number), 0) FROM runs").fetchone()
            # Runs are never deleted, so their numbers have no gaps.
            first = 1 if newest is None else max(1, last - newest + 1)
            for number, run, rows in read_rows(connection, first, last, curves=curves):
                yield StoredRecord(
                    number=number,
                    committed=datetime.fromtimestamp(run.committed, UTC),
                    record=load_record(place, number, run, rows),
                )

    return read()


def load_record(
    path: Path | None, number: int, run: RunRow, curves: list[CurveRow] | None
) -> Record:
    """Decode a record; raise a StoreError that names the run if it is damaged."""
    try:
        return decode_record(run, curves)
    except DamageError as damage:
        place = path or "in memory"
        raise StoreError(
            f"needed run {number} of the store {place} as it was written",
            got=f"a damaged one: {damage}",
            fix=f"list all damage with: losslab runs verify --store {place}",
        ) from damage


@contextmanager
def connect_read_only(path: Path) -> Iterator[sqlite3.Connection]:
    """Connect to a store such that nothing can be written or checkpointed."""
    address = f"{path.as_uri()}?mode=ro"
    with closing(
        sqlite3.connect(address, uri=True, isolation_level=None, timeout=BUSY_TIMEOUT)
    ) as connection:
        yield connection


def find_store(path: StorePath) -> Path:
    """Return the real path of a store; refuse a file that is missing, empty or no store."""
    place = Path(os.path.realpath(path))
    with convert_errors(place, "read the store"):
        if not place.exists() or place.stat().st_size == 0:
            raise StoreError(
                f"needed a store of runs at {place}",
                got="an empty file" if place.exists() else "no such file",
                fix="create one with: losslab compare DATA --store FILE, or name another file",
            )
        check_header(place)
    return place


def read_rows(
    connection: sqlite3.Connection, first: int, last: int, *, curves: bool = True
) -> Iterator[tuple[int, RunRow, list[CurveRow] | None]]:
    """Iterate over the rows numbered ``first`` to ``last``, with the rows of their curves."""
    while first <= last:
        runs = connection.execute(
            f"SELECT number, {RUN_COLUMNS} FROM runs WHERE number BETWEEN ? AND ? "
            "ORDER BY number LIMIT ?",
            (first, last, BATCH),
        ).fetchall()
        if not runs:
            return
        through = runs[-1][0]
        found = read_curves(connection, first, through) if curves else {}
        for number, *values in runs:
            yield number, RunRow(*values), found.get(number, []) if curves else None
        # A damaged index may return rows in disorder; going back would never end.
        first = max(through, first) + 1


def read_curves(connection: sqlite3.Connection, first: int, last: int) -> dict[int, list[CurveRow]]:
    """Read the rows of all curves of the runs numbered ``first`` to ``last``, by run."""
    rows = connection.execute(
        f"SELECT run, {CURVE_COLUMNS} FROM curves WHERE run BETWEEN ? AND ? ORDER BY run, rowid",
        (first, last),
    ).fetchall()
    return {
        run: [CurveRow(*values) for _, *values in group]
        for run, group in groupby(rows, key=lambda row: row[0])
    }


_RUN_FIELDS = ("loss", "loss_params", "head", "optimizer", "lr", "hidden", "seed", "unchecked")


def summarize(stored: StoredRecord) -> dict[str, Any]:
    """Select what a list of runs shows, as JSON values; missing values and NaN are None."""
    spec, outcome = stored.record.spec, stored.record.outcome
    data, run, split = (_get_mapping(spec, part) for part in ("data", "run", "split"))
    # Not every record is the training of a network.
    reference = _get_mapping(spec, "reference").get("name")
    stands_for = None if reference is None else f"reference: {reference}"
    summary = {
        "number": stored.number,
        "key": stored.record.key,
        "committed": stored.committed.isoformat(timespec="seconds"),
        "data": data.get("name"),
        "fingerprint": data.get("fingerprint"),
        "task": data.get("task", run.get("task")),
        **{name: run.get(name) for name in _RUN_FIELDS},
        "stands_for": "cut to a budget" if "budget" in spec else stands_for,
        "repeat": split.get("repeat"),
        "fold": split.get("fold"),
        "best_epoch": outcome.get("best_epoch"),
        "diverged_at": outcome.get("diverged_at"),
        "metrics": _get_mapping(outcome, "metrics"),
    }
    values: dict[str, Any] = to_json_value(summary)
    return values


def _get_mapping(parent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = parent.get(name)
    return value if isinstance(value, Mapping) else {}
