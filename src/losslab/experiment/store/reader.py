"""Reading a store beside its writer, without ever making it wait."""

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
from losslab.experiment.store.errors import to_store_error
from losslab.experiment.store.schema import CurveRow, DamageError, RunRow, record_of, refuse_foreign

RUN_COLUMNS = ", ".join(RunRow._fields)
CURVE_COLUMNS = ", ".join(CurveRow._fields)
BATCH = 256
PATIENCE_SECONDS = 30.0

StorePath = str | os.PathLike[str]


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A record in its place: the how-manieth run it was, and when it was committed."""

    number: int
    committed: datetime
    record: Record


def count(path: StorePath) -> int:
    """How many runs the store at ``path`` holds."""
    place = existing(path)
    with to_store_error(place, "read the store"), reading(place) as connection:
        return int(connection.execute("SELECT count(*) FROM runs").fetchone()[0])


def read_records(path: StorePath) -> Iterator[Record]:
    """Yield every record of the store at ``path`` in the order of their commits."""
    return (stored.record for stored in read_stored(path))


def read_stored(
    path: StorePath, *, newest: int | None = None, curves: bool = True
) -> Iterator[Stored]:
    """Yield the records of a store, or its ``newest`` few, with their place in it.

    Rows are read some hundred at a time and no transaction stays open in between; so a reader
    that takes all day holds up neither the writer nor the clearing of its log. Runs committed
    after the first row was read are left for the next reader.
    """
    return _read_stored(existing(path), newest, curves=curves)


def _read_stored(place: Path, newest: int | None, *, curves: bool) -> Iterator[Stored]:
    with to_store_error(place, "read the store"), reading(place) as connection:
        first, last = _span(connection, newest)
        for number, run, rows in read_rows(connection, first, last, curves=curves):
            yield Stored(
                number=number,
                committed=datetime.fromtimestamp(run.committed, UTC),
                record=intact(place, number, run, rows),
            )


def intact(path: Path | None, number: int, run: RunRow, curves: list[CurveRow] | None) -> Record:
    """The record in some rows; damage becomes an error that names the run."""
    try:
        return record_of(run, curves)
    except DamageError as damage:
        place = path or "in memory"
        raise StoreError(
            f"needed run {number} of the store {place} as it was written",
            got=f"a damaged one: {damage}",
            fix=f"list all damage with: losslab runs verify --store {place}",
        ) from damage


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Connect to a store such that nothing can be written or checkpointed."""
    address = f"{path.as_uri()}?mode=ro"
    with closing(
        sqlite3.connect(address, uri=True, isolation_level=None, timeout=PATIENCE_SECONDS)
    ) as connection:
        yield connection


def existing(path: StorePath) -> Path:
    """The real path of a store; refuse one that is missing, empty or not ours."""
    place = Path(os.path.realpath(path))
    with to_store_error(place, "read the store"):
        if not place.exists() or place.stat().st_size == 0:
            raise StoreError(
                f"needed a store of runs at {place}",
                got="an empty file" if place.exists() else "no such file",
                fix="make one with: losslab compare DATA --store FILE, or name another file",
            )
        refuse_foreign(place)
    return place


def read_rows(
    connection: sqlite3.Connection, first: int, last: int, *, curves: bool = True
) -> Iterator[tuple[int, RunRow, list[CurveRow] | None]]:
    """Yield the rows numbered ``first`` to ``last``, with those of their curves if asked for."""
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
        # A damaged index may hand out rows in disorder; going back would never end.
        first = max(through, first) + 1


def read_curves(connection: sqlite3.Connection, first: int, last: int) -> dict[int, list[CurveRow]]:
    """The rows of all curves of the runs numbered ``first`` to ``last``, by run."""
    rows = connection.execute(
        f"SELECT run, {CURVE_COLUMNS} FROM curves WHERE run BETWEEN ? AND ? ORDER BY run, rowid",
        (first, last),
    ).fetchall()
    return {
        run: [CurveRow(*values) for _, *values in group]
        for run, group in groupby(rows, key=lambda row: row[0])
    }


def _span(connection: sqlite3.Connection, newest: int | None) -> tuple[int, int]:
    last = connection.execute("SELECT coalesce(max(number), 0) FROM runs").fetchone()[0]
    # Runs are never deleted, so their numbers have no gaps.
    return (1 if newest is None else max(1, last - newest + 1)), last


_RUN_FIELDS = ("loss", "loss_params", "head", "optimizer", "lr", "hidden", "seed", "unchecked")


def summarise(stored: Stored) -> dict[str, Any]:
    """Pick what a list of runs shows, as JSON values; what a record lacks is None.

    A number that JSON cannot say, such as NaN, is None as well.
    """
    spec, outcome = stored.record.spec, stored.record.outcome
    data, run, split = (_mapping(spec, part) for part in ("data", "run", "split"))
    summary = {
        "number": stored.number,
        "key": stored.record.key,
        "committed": stored.committed.isoformat(timespec="seconds"),
        "data": data.get("name"),
        "fingerprint": data.get("fingerprint"),
        "task": data.get("task", run.get("task")),
        **{name: run.get(name) for name in _RUN_FIELDS},
        "stands_for": _stands_for(spec),
        "repeat": split.get("repeat"),
        "fold": split.get("fold"),
        "best_epoch": outcome.get("best_epoch"),
        "diverged_at": outcome.get("diverged_at"),
        "metrics": _mapping(outcome, "metrics"),
    }
    values: dict[str, Any] = to_json_value(summary)
    return values


def _stands_for(spec: Mapping[str, Any]) -> str | None:
    """What a record that is no network's training stands for."""
    if "budget" in spec:
        return "cut to a budget"
    name = _mapping(spec, "reference").get("name")
    return None if name is None else f"reference: {name}"


def _mapping(parent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = parent.get(name)
    return value if isinstance(value, Mapping) else {}
