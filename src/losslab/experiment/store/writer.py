"""The store as its one writer holds it: keys, get, add."""

import errno
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock

from losslab.core.errors import StoreError
from losslab.core.hashing import to_canonical_json
from losslab.experiment.record import Record
from losslab.experiment.store import errors, lock
from losslab.experiment.store.errors import to_store_error
from losslab.experiment.store.reader import (
    CURVE_COLUMNS,
    PATIENCE_SECONDS,
    RUN_COLUMNS,
    StorePath,
    intact,
    read_curves,
)
from losslab.experiment.store.schema import (
    CurveRow,
    RunRow,
    create_if_missing,
    refuse_foreign,
    rows_of,
    write_schema,
)

# How many keys one query names; SQLite's own limit was once 999.
ASKED_AT_ONCE = 500

INSERT_RUN = (
    f"INSERT INTO runs ({RUN_COLUMNS}) VALUES ({', '.join('?' * len(RunRow._fields))}) "
    "ON CONFLICT (hash) DO NOTHING"
)
INSERT_CURVE = (
    f"INSERT INTO curves (run, {CURVE_COLUMNS}) "
    f"VALUES (?, {', '.join('?' * len(CurveRow._fields))})"
)


class Store:
    """The records of finished runs in one SQLite file, open for its only writer.

    A run stands in the store with its result or it is still due; there is no third state, so
    a process may be killed at any moment and the next one goes on from what was committed.

    Args:
        connection: the one connection that may write.
        path: the file; None for a store in memory.
        writer_lock: what keeps other writers out; None in memory.
        notes: what a user should know of how this store works here.

    Example
        >>> record = Record.from_spec({"run": {"loss": "mse"}}, {"selection": 0.25})
        >>> with Store.open(None) as store:
        ...     store.add([record]), store.add([record]), store.keys() == {record.key}
        (1, 0, True)
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        *,
        path: Path | None,
        writer_lock: FileLock | None,
        notes: tuple[str, ...] = (),
    ) -> None:
        self.path = path
        self.notes = notes
        self._connection: sqlite3.Connection | None = connection
        self._lock = writer_lock
        self._process = os.getpid()

    @classmethod
    def open(cls, path: StorePath | None) -> Self:
        """Open the store at ``path``, created if missing; ``None`` is a store in memory.

        Raises:
            StoreError: another process writes it, or the file is none of ours, of another
                version, damaged, or cannot be written.
        """
        if path is None or os.fspath(path) == ":memory:":
            connection = sqlite3.connect(":memory:", isolation_level=None)
            write_schema(connection)
            return cls(connection, path=None, writer_lock=None)
        # One file has one lock, whatever link leads to it.
        place = Path(os.path.realpath(path))
        with to_store_error(place, "open the store"):
            _refuse_no_folder(place.parent)
            refuse_foreign(place)
            writer_lock = lock.acquire(place)
            try:
                create_if_missing(place)
                refuse_foreign(place)
                connection, notes = _connect(place)
            except BaseException:
                lock.release(writer_lock)
                raise
        return cls(connection, path=place, writer_lock=writer_lock, notes=notes)

    def keys(self) -> set[str]:
        """The keys of all runs that are stored."""
        with self._using("read the keys of") as connection:
            return {key for (key,) in connection.execute("SELECT hash FROM runs")}

    def stored(self, keys: Iterable[str]) -> set[str]:
        """Those of ``keys`` that are stored; no record is read."""
        found: set[str] = set()
        with self._using("read the keys of") as connection:
            for some in _portions(keys):
                rows = connection.execute(f"SELECT hash FROM runs WHERE {_hash_in(some)}", some)
                found |= {key for (key,) in rows}
        return found

    def get(self, keys: Iterable[str]) -> dict[str, Record]:
        """The records under those of ``keys`` that are stored."""
        found: dict[str, Record] = {}
        with self._using("read runs from") as connection:
            for some in _portions(keys):
                found |= self._get(connection, some)
        return found

    def add(self, records: Iterable[Record]) -> int:
        """Commit ``records`` together, or none of them; return how many were new.

        When this returns, they outlast the process. A key that is stored already keeps the
        record it has.
        """
        rows = [rows_of(record) for record in records]
        with self._using("add runs to") as connection, _transaction(connection):
            return sum(_insert(connection, run, curves) for run, curves in rows)

    def fingerprints(self, source: str) -> dict[str, int]:
        """How many runs were stored of each state of the data named ``source``, oldest first.

        Taken from ``spec["data"]["name"]`` and ``spec["data"]["fingerprint"]``.
        """
        with self._using("read runs from") as connection:
            rows = connection.execute(
                "SELECT fingerprint, count(*) FROM runs "
                "WHERE source = ? AND fingerprint IS NOT NULL "
                "GROUP BY fingerprint ORDER BY min(number)",
                (to_canonical_json(source),),
            )
            return {json.loads(fingerprint): runs for fingerprint, runs in rows}

    def close(self) -> None:
        """Close the file and let the next writer in; closing twice is fine."""
        connection, self._connection = self._connection, None
        # In a forked child both still belong to the parent.
        if connection is None or os.getpid() != self._process:
            return
        with to_store_error(self.path, "close the store"):
            try:
                connection.close()
            finally:
                if self._lock is not None:
                    lock.release(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def _using(self, doing: str) -> Iterator[sqlite3.Connection]:
        where = self.path or "in memory"
        if os.getpid() != self._process:
            raise StoreError(
                f"needed to {doing} the store {where} in the process that opened it",
                got=f"process {os.getpid()}, forked from process {self._process}",
                fix="send results to the parent and let it store them",
            )
        if self._connection is None:
            raise StoreError(
                f"needed to {doing} the store {where}",
                got="a store that was closed",
                fix="open it again with Store.open",
            )
        with to_store_error(self.path, f"{doing} the store"):
            yield self._connection

    def _get(self, connection: sqlite3.Connection, keys: Sequence[str]) -> dict[str, Record]:
        runs = connection.execute(
            f"SELECT number, {RUN_COLUMNS} FROM runs WHERE {_hash_in(keys)}", keys
        ).fetchall()
        found = {}
        for number, *values in runs:
            run = RunRow(*values)
            curves = read_curves(connection, number, number).get(number, [])
            found[run.hash] = intact(self.path, number, run, curves)
        return found


def _portions(keys: Iterable[str]) -> Iterator[list[str]]:
    wanted = list(keys)
    for start in range(0, len(wanted), ASKED_AT_ONCE):
        yield wanted[start : start + ASKED_AT_ONCE]


def _hash_in(keys: Sequence[str]) -> str:
    return f"hash IN ({', '.join('?' * len(keys))})"


def _refuse_no_folder(folder: Path) -> None:
    # The lock would create missing folders on its way.
    if not folder.is_dir():
        code = errno.ENOTDIR if folder.exists() else errno.ENOENT
        raise OSError(code, os.strerror(code), os.fspath(folder))


def _connect(path: Path) -> tuple[sqlite3.Connection, tuple[str, ...]]:
    network = errors.network_type(path.as_posix(), errors.read_mounts())
    wanted = "TRUNCATE" if network else "WAL"
    connection = sqlite3.connect(path, isolation_level=None, timeout=PATIENCE_SECONDS)
    try:
        (mode,) = connection.execute(f"PRAGMA journal_mode={wanted}").fetchone()
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        # So that a missing or read-only temporary folder matters to nobody.
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.execute("SELECT count(*) FROM curves WHERE run = 1").fetchone()
    except BaseException:
        connection.close()
        raise
    if network:
        note = f"{path} lies on the network file system {network}: readers may wait for commits"
    else:
        note = f"SQLite keeps {path} in journal mode {mode}: readers may wait for commits"
    return connection, () if mode == "wal" else (note,)


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    # A transaction that begins as a reader may fail to become a writer, without waiting.
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def _insert(connection: sqlite3.Connection, run: RunRow, curves: list[CurveRow]) -> int:
    cursor = connection.execute(INSERT_RUN, run)
    if cursor.rowcount == 0:
        return 0
    connection.executemany(INSERT_CURVE, [(cursor.lastrowid, *curve) for curve in curves])
    return 1
