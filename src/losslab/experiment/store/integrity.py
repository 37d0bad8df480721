"""The integrity check of a store, which changes no byte of it."""

import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from losslab.core.errors import StoreError
from losslab.core.hashing import hash_content
from losslab.experiment.store.errors import ACCESS_ERRORS, convert_errors, get_error_name
from losslab.experiment.store.reader import StorePath, connect_read_only, read_rows
from losslab.experiment.store.schema import (
    CurveRow,
    DamageError,
    RunRow,
    check_header,
    decode_record,
    describe_foreign,
    get_data_columns,
    read_header,
)

MAX_PROBLEMS = 50
LARGEST_NUMBER = 2**63 - 1


@dataclass(frozen=True, kw_only=True)
class VerifyReport:
    """The content of a store and the problems found in it.

    Attributes:
        path: the file.
        runs: the number of runs.
        curves: the number of their curves.
        problems: one sentence each.
    """

    path: Path
    runs: int
    curves: int
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether there is no problem."""
        return not self.problems


def verify(path: StorePath) -> VerifyReport:
    """Check SQLite's own structure, every key, checksum and curve, and the counts of a store.

    The file is opened for reading only, whatever its state. A checksum shows damage; it does not
    prove who wrote a row.

    Raises:
        StoreError: if there is no such file, or it is an intact file of another kind.
    """
    place = Path(os.path.realpath(path))
    counts = {"runs": 0, "curves": 0}
    with convert_errors(place, "verify the store"):
        problems = list(islice(_find_problems(place, counts), MAX_PROBLEMS))
    if len(problems) == MAX_PROBLEMS:
        problems.append("there may be more; the check ended here")
    return VerifyReport(path=place, problems=tuple(problems), **counts)


def _find_problems(place: Path, counts: dict[str, int]) -> Iterator[str]:
    if not place.exists():
        raise StoreError(
            f"needed a store of runs at {place}",
            got="no such file",
            fix="name it with --store FILE",
        )
    foreign = describe_foreign(read_header(place))
    if foreign:
        yield f"not SQLite: {foreign}"
        return
    try:
        check_header(place)
    except StoreError as error:
        if "cut off" not in error.got:
            raise
        yield f"the file is cut off: {error.got}"
    try:
        with connect_read_only(place) as connection:
            yield from _check_content(connection, counts)
    except sqlite3.Error as error:
        if get_error_name(error).startswith(ACCESS_ERRORS):
            raise
        yield f"SQLite could not read on: {error}"


def _check_content(connection: sqlite3.Connection, counts: dict[str, int]) -> Iterator[str]:
    for (line,) in connection.execute(f"PRAGMA integrity_check({MAX_PROBLEMS})"):
        if line != "ok":
            yield f"SQLite's integrity check: {line}"
    for number, run, curves in read_rows(connection, 1, LARGEST_NUMBER):
        counts["runs"] += 1
        counts["curves"] += len(curves or ())
        problem = _check_run(run, curves)
        if problem:
            yield f"run {number}: {problem}"
    for table, found in counts.items():
        (stored,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        if stored != found:
            yield f"the table {table} counts {stored} rows, but {found} could be reached by run"


def _check_run(run: RunRow, curves: list[CurveRow] | None) -> str | None:
    try:
        record = decode_record(run, curves)
    except DamageError as damage:
        return str(damage)
    if record.key != hash_content(record.spec):
        return "its key is not the hash of its spec"
    if (run.source, run.fingerprint) != get_data_columns(record.spec):
        return "its data columns do not repeat its spec"
    return None
