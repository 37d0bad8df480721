"""Checking a store from end to end, without changing a byte of it."""

import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from losslab.core.errors import StoreError
from losslab.core.hashing import hash_content
from losslab.experiment.store.errors import BARRED, error_name, to_store_error
from losslab.experiment.store.reader import StorePath, read_rows, reading
from losslab.experiment.store.schema import (
    CurveRow,
    DamageError,
    RunRow,
    foreign_header,
    provenance,
    record_of,
    refuse_foreign,
)

LISTED_AT_MOST = 50
LARGEST_NUMBER = 2**63 - 1


@dataclass(frozen=True, kw_only=True)
class VerifyReport:
    """What is in a store, and what is wrong with it, in words."""

    path: Path
    runs: int
    curves: int
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def verify(path: StorePath) -> VerifyReport:
    """Check a store: SQLite's own structure, every key, checksum and curve, and the counts.

    The file is opened for reading only, whatever its state. A checksum shows damage; it does
    not prove who wrote a row.

    Raises:
        StoreError: there is no such file, or it is a sound file of something else.
    """
    place = Path(os.path.realpath(path))
    counts = {"runs": 0, "curves": 0}
    problems = []
    with to_store_error(place, "verify the store"):
        for problem in _problems(place, counts):
            problems.append(problem)
            if len(problems) == LISTED_AT_MOST:
                problems.append("there may be more; the check ended here")
                break
    return VerifyReport(path=place, problems=tuple(problems), **counts)


def _problems(place: Path, counts: dict[str, int]) -> Iterator[str]:
    header = _header(place)
    foreign = foreign_header(header)
    if foreign:
        yield f"not SQLite: {foreign}"
        return
    try:
        refuse_foreign(place)
    except StoreError as error:
        if "cut off" not in error.got:
            raise
        yield f"the file is cut off: {error.got}"
    try:
        with reading(place) as connection:
            yield from _structure(connection)
            yield from _rows(connection, counts)
            yield from _strays(connection, counts)
    except sqlite3.Error as error:
        if error_name(error).startswith(BARRED):
            raise
        yield f"SQLite could not read on: {error}"


def _header(place: Path) -> bytes:
    if not place.exists():
        raise StoreError(
            f"needed a store of runs at {place}",
            got="no such file",
            fix="name it with --store FILE",
        )
    with place.open("rb") as file:
        return file.read(100)


def _structure(connection: sqlite3.Connection) -> Iterator[str]:
    for (line,) in connection.execute(f"PRAGMA integrity_check({LISTED_AT_MOST})"):
        if line != "ok":
            yield f"SQLite's integrity check: {line}"


def _rows(connection: sqlite3.Connection, counts: dict[str, int]) -> Iterator[str]:
    for number, run, curves in read_rows(connection, 1, LARGEST_NUMBER):
        counts["runs"] += 1
        counts["curves"] += len(curves or ())
        problem = _row_problem(run, curves)
        if problem:
            yield f"run {number}: {problem}"


def _row_problem(run: RunRow, curves: list[CurveRow] | None) -> str | None:
    try:
        record = record_of(run, curves)
    except DamageError as damage:
        return str(damage)
    if record.key != hash_content(record.spec):
        return "its key is not the hash of its spec"
    if (run.source, run.fingerprint) != provenance(record.spec):
        return "its data columns do not repeat its spec"
    return None


def _strays(connection: sqlite3.Connection, counts: dict[str, int]) -> Iterator[str]:
    for table, found in counts.items():
        (stored,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        if stored != found:
            yield f"the table {table} counts {stored} rows, but {found} could be reached by run"
