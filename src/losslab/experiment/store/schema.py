"""The file format of the store: its tables, and how a file is known to be ours."""

import os
import sqlite3
from pathlib import Path

from losslab.core.errors import StoreError
from losslab.core.files import sync_folder

# "LOSS" in ASCII: SQLite keeps it in the header, where `file` and others can see it.
APPLICATION_ID = 0x4C4F5353
VERSION = 1
MAGIC = b"SQLite format 3\0"

# A rowid table with a unique hash beside a table of curves: an inline blob in a table without
# rowids is more than twice as slow, and a row per step takes six times the space. `source` and
# `fingerprint` repeat two values of the spec, as JSON text, so that an index can find them.
TABLES = """
CREATE TABLE runs (
    number      INTEGER PRIMARY KEY,
    hash        TEXT NOT NULL UNIQUE,
    committed   REAL NOT NULL,
    source      TEXT,
    fingerprint TEXT,
    spec        TEXT NOT NULL,
    outcome     TEXT NOT NULL,
    curves      INTEGER NOT NULL,
    checksum    BLOB NOT NULL
);
CREATE INDEX runs_by_source ON runs (source, fingerprint);
CREATE TABLE curves (
    run      INTEGER NOT NULL REFERENCES runs (number),
    name     TEXT NOT NULL,
    dtype    TEXT NOT NULL,
    length   INTEGER NOT NULL,
    data     BLOB NOT NULL,
    checksum BLOB NOT NULL,
    UNIQUE (run, name)
);
"""


def write_schema(connection: sqlite3.Connection) -> None:
    """Create the tables and sign the file, in one transaction."""
    connection.executescript(
        f"BEGIN;{TABLES}"
        f"PRAGMA application_id={APPLICATION_ID};PRAGMA user_version={VERSION};COMMIT;"
    )


def create_if_missing(path: Path) -> None:
    """Put an empty store at ``path``, whole or not at all, unless one stands there."""
    if path.exists() and path.stat().st_size > 0:
        return
    _refuse_orphaned_log(path)
    part = path.with_name(f"{path.name}.new")
    # The writer's lock is held, so what lies here was left by a process that died.
    for suffix in ("", "-journal", "-wal", "-shm"):
        part.with_name(f"{part.name}{suffix}").unlink(missing_ok=True)
    connection = sqlite3.connect(part, isolation_level=None)
    try:
        write_schema(connection)
        # Once for all: to change the mode at each opening would leave a journal behind if the
        # process were killed just then, which a reader has no right to roll back.
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()
    os.replace(part, path)
    sync_folder(path.parent)


def refuse_foreign(path: Path) -> None:
    """Refuse a file that is no store of ours or of another version, by its header alone.

    Only the first hundred bytes are read; the file is neither locked nor changed.
    """
    if not path.exists():
        return
    with path.open("rb") as file:
        header = file.read(100)
    if not header:
        return
    problem = foreign_header(header)
    if problem:
        raise StoreError(
            f"needed a store of runs at {path}",
            got=problem,
            fix="give another file with --store FILE; this one was not touched",
        )
    _refuse_other_application(path, header)
    _refuse_other_version(path, header)
    _refuse_cut_off(path, header)


def foreign_header(header: bytes) -> str | None:
    """Say why a file's first hundred bytes are not those of a SQLite database.

    >>> foreign_header(b"survived,age")
    "a file that begins with b'survived,age', not as SQLite does"
    """
    if not header:
        return "an empty file"
    if not header.startswith(MAGIC):
        return f"a file that begins with {header[:16]!r}, not as SQLite does"
    return f"a SQLite file of only {len(header)} bytes" if len(header) < 100 else None


def _refuse_other_application(path: Path, header: bytes) -> None:
    application = int.from_bytes(header[68:72], "big")
    if application != APPLICATION_ID:
        raise StoreError(
            f"needed a store of runs at {path}",
            got=f"another program's SQLite file (application id {application:#x})",
            fix="give another file with --store FILE; this one was not touched",
        )


def _refuse_other_version(path: Path, header: bytes) -> None:
    version = int.from_bytes(header[60:64], "big")
    if version != VERSION:
        age, fix = (
            ("newer", "upgrade losslab, or give another file with --store FILE")
            if version > VERSION
            else ("older", "give another file with --store FILE; this one was not touched")
        )
        raise StoreError(
            f"needed a store of version {VERSION} at {path}",
            got=f"version {version}, which is {age}",
            fix=fix,
        )


def _refuse_cut_off(path: Path, header: bytes) -> None:
    # While a write-ahead log exists the file may rightly lag behind its header.
    if sidecar_bytes(path, "-wal") or sidecar_bytes(path, "-journal"):
        return
    page = int.from_bytes(header[16:18], "big")
    promised = int.from_bytes(header[28:32], "big") * (65536 if page == 1 else page)
    found = path.stat().st_size
    if found < promised:
        raise StoreError(
            f"needed all {promised:,} bytes of the store {path}",
            got=f"only {found:,}; its end is cut off",
            fix=f"restore a copy, or see what is left with: losslab runs verify --store {path}",
        )


def _refuse_orphaned_log(path: Path) -> None:
    # SQLite would replay such a log into the fresh store.
    for suffix in ("-wal", "-journal"):
        if sidecar_bytes(path, suffix):
            raise StoreError(
                f"needed the store {path} beside its log {path.name}{suffix}",
                got="the log alone, which may hold committed runs",
                fix=f"put {path.name} back, or delete {path.name}{suffix} to begin anew",
            )


def sidecar_bytes(path: Path, suffix: str) -> int:
    """How many bytes one of SQLite's files beside the store holds; 0 if there is none."""
    sidecar = path.with_name(f"{path.name}{suffix}")
    return sidecar.stat().st_size if sidecar.exists() else 0
