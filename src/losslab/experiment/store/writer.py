"""The store, opened by its only writer."""

import errno
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from filelock import FileLock

from losslab.core.errors import StoreError
from losslab.core.hashing import to_canonical_json
from losslab.experiment.record import Record
from losslab.experiment.store import lock, network
from losslab.experiment.store.errors import convert_errors
from losslab.experiment.store.reader import (
    BUSY_TIMEOUT,
    CURVE_COLUMNS,
    RUN_COLUMNS,
    StorePath,
    load_record,
    read_curves,
)
from losslab.experiment.store.schema import (
    CurveRow,
    RunRow,
    check_header,
    create_if_missing,
    encode_record,
    write_schema,
)

# Keys per query; SQLite once allowed 999 parameters.
KEYS_PER_QUERY = 500

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

    A run is stored with its result or it is still due; there is no third state, so a process may
    be killed at any moment and the next one goes on from what was committed.

    Args:
        connection: the only connection that may write.
        path: the file; None for a store in memory.
        writer_lock: keeps other writers out; None in memory.
        notes: what a user should know of how the store works on this file system.

    Examples:
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
        """Open the store at ``path`` and create it if it is missing; ``None``: in memory.

        Raises:
            StoreError: if another process writes it, or the file is no store, of another version,
                damaged, or not writable.
        """
        if path is None or os.fspath(path) == ":memory:":
            connection = sqlite3.connect(":memory:", isolation_level=None)
            write_schema(connection)
            return cls(connection, path=None, writer_lock=None)
        # One file has one lock, whatever link leads to it.
        place = Path(os.path.realpath(path))
        with convert_errors(place, "open the store"):
            if not place.parent.is_dir():  # the lock would create missing folders on its way
                code = errno.ENOTDIR if place.parent.exists() else errno.ENOENT
                raise OSError(code, os.strerror(code), os.fspath(place.parent))
            check_header(place)
            writer_lock = lock.acquire(place)
            try:
                create_if_missing(place)
                check_header(place)
                connection, notes = _connect(place)
            except BaseException:
                lock.release(writer_lock)
                raise
        return cls(connection, path=place, writer_lock=writer_lock, notes=notes)

    def keys(self) -> set[str]:
        """Return the keys of all stored runs."""
        with self._use_connection("read the keys of") as connection:
            return {key for (key,) in connection.execute("SELECT hash FROM runs")}

    def find_stored(self, keys: Iterable[str]) -> set[str]:
        """Return those of ``keys`` that are stored, without reading their records."""
        with self._use_connection("read the keys of") as connection:
            return {key for (key,) in _select_runs(connection, "hash", keys)}

    def get(self, keys: Iterable[str]) -> dict[str, Record]:
        """Return the records of those of ``keys`` that are stored."""
        records = {}
        with self._use_connection("read runs from") as connection:
            for number, *values in _select_runs(connection, f"number, {RUN_COLUMNS}", keys):
                run = RunRow(*values)
                curves = read_curves(connection, number, number).get(number, [])
                records[run.hash] = load_record(self.path, number, run, curves)
        return records

    def add(self, records: Iterable[Record]) -> int:
        """Commit all ``records`` or none of them; return how many were new.

        When this returns, they outlast the process. A key that is stored already keeps its record.
        """
        rows = [encode_record(record) for record in records]
        with self._use_connection("add runs to") as connection, _transaction(connection):
            return sum(_insert(connection, run, curves) for run, curves in rows)

    def count_fingerprints(self, source: str) -> dict[str, int]:
        """Count the runs of each state of the data named ``source``, oldest first.

        States are told apart by ``spec["data"]["fingerprint"]``, data by ``spec["data"]["name"]``.
        """
        with self._use_connection("read runs from") as connection:
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
        with convert_errors(self.path, "close the store"):
            try:
                connection.close()
            finally:
                if self._lock is not None:
                    lock.release(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _use_connection(self, action: str) -> Iterator[sqlite3.Connection]:
        where = self.path or "in memory"
        if os.getpid() != self._process:
            raise StoreError(
                f"needed to {action} the store {where} in the process that opened it",
                got=f"process {os.getpid()}, forked from process {self._process}",
                fix="send results to the parent and let it store them",
            )
        if self._connection is None:
            raise StoreError(
                f"needed to {action} the store {where}",
                got="a store that was closed",
                fix="open it again with Store.open",
            )
        with convert_errors(self.path, f"{action} the store"):
            yield self._connection


def _select_runs(
    connection: sqlite3.Connection, columns: str, keys: Iterable[str]
) -> Iterator[tuple[Any, ...]]:
    wanted = list(keys)
    for start in range(0, len(wanted), KEYS_PER_QUERY):
        some = wanted[start : start + KEYS_PER_QUERY]
        places = ", ".join("?" * len(some))
        query = f"SELECT {columns} FROM runs WHERE hash IN ({places})"
        yield from connection.execute(query, some).fetchall()


def _connect(path: Path) -> tuple[sqlite3.Connection, tuple[str, ...]]:
    kind = network.find_network_type(path.as_posix(), network.read_mounts())
    connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_TIMEOUT)
    try:
        query = f"PRAGMA journal_mode={'TRUNCATE' if kind else 'WAL'}"
        (mode,) = connection.execute(query).fetchone()
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        # A missing or read-only temporary folder must not matter.
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.execute("SELECT count(*) FROM curves WHERE run = 1").fetchone()
    except BaseException:
        connection.close()
        raise
    if kind:
        note = f"{path} lies on the network file system {kind}: readers may wait for commits"
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
