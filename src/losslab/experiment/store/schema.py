"""The file format of the store: its tables, and records as rows with checksums."""

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from time import time
from typing import Any, NamedTuple

import numpy as np

from losslab.core.errors import StoreError
from losslab.core.files import sync_folder
from losslab.core.hashing import hash_content, to_canonical_json
from losslab.core.json_values import to_json_value
from losslab.experiment.record import RESERVED_NAME, Curve, Record


class RunRow(NamedTuple):
    """A row of the table ``runs`` without its number."""

    hash: str
    committed: float
    source: str | None
    fingerprint: str | None
    spec: str
    outcome: str
    curves: int
    checksum: bytes


class CurveRow(NamedTuple):
    """A row of the table ``curves`` without the number of its run."""

    name: str
    dtype: str
    length: int
    data: bytes
    checksum: bytes


class DamageError(ValueError):
    """A row differs from what was written; caught in this package."""


def encode_record(record: Record) -> tuple[RunRow, list[CurveRow]]:
    """Encode a record as rows; refuse one whose key is not the hash of its spec."""
    if record.key != hash_content(record.spec):
        raise StoreError(
            "needed a record whose key is the hash of its spec",
            got=f"the key {record.key}",
            fix="build it with Record.from_spec(spec, outcome, curves)",
        )
    source, fingerprint = get_data_columns(record.spec)
    outcome = to_json_value(record.outcome, lambda number: {RESERVED_NAME: str(number)})
    run = RunRow(
        hash=record.key,
        committed=time(),
        source=source,
        fingerprint=fingerprint,
        spec=to_canonical_json(record.spec),
        outcome=json.dumps(outcome, allow_nan=False, separators=(",", ":")),
        curves=len(record.curves),
        checksum=b"",
    )
    curves = []
    for name, curve in record.curves.items():
        dtype = "<f4" if curve.dtype == np.float32 else "<f8"
        data = curve.astype(dtype, copy=False).tobytes()
        row = CurveRow(name=name, dtype=dtype, length=len(curve), data=data, checksum=b"")
        curves.append(row._replace(checksum=compute_checksum(row)))
    return run._replace(checksum=compute_checksum(run)), curves


def decode_record(run: RunRow, curves: Iterable[CurveRow] | None) -> Record:
    """Decode a record from its rows, without curves if they are None.

    Raises:
        DamageError: if a value is not what was written.
    """
    if run.checksum != compute_checksum(run):
        raise DamageError("its row does not match its checksum")
    try:
        decoded = {row.name: _decode_curve(row) for row in curves or ()}
        record = Record(
            key=run.hash,
            spec=json.loads(run.spec),
            outcome=json.loads(run.outcome, object_hook=_decode_float),
            curves=decoded,
        )
    except (TypeError, KeyError, ValueError) as error:
        raise DamageError(str(error)) from error
    if curves is not None and len(decoded) != run.curves:
        raise DamageError(f"it should have {run.curves} curves and has {len(decoded)}")
    return record


def get_data_columns(spec: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return the name and the fingerprint of a spec's data as JSON text, where it has them.

    Examples:
        >>> get_data_columns({"data": {"name": "titanic", "fingerprint": "4a43"}})
        ('"titanic"', '"4a43"')
    """
    data = spec.get("data")
    if not isinstance(data, Mapping):
        return None, None
    # As JSON, since a file's name may hold bytes that are no UTF-8 and so no SQLite text.
    return tuple(  # type: ignore[return-value]
        to_canonical_json(data[field]) if field in data else None
        for field in ("name", "fingerprint")
    )


def compute_checksum(row: RunRow | CurveRow) -> bytes:
    """Hash a row's values but the last, each with type and length: blake2b with 128 bits."""
    hasher = hashlib.blake2b(digest_size=16)
    for value in row[:-1]:
        data = value if isinstance(value, bytes) else repr(value).encode()
        hasher.update(f"{type(value).__name__} {len(data)} ".encode())
        hasher.update(data)
    return hasher.digest()


def _decode_curve(row: CurveRow) -> Curve:
    if row.checksum != compute_checksum(row):
        raise DamageError(f"its curve {row.name!r} does not match its checksum")
    if row.dtype not in {"<f4", "<f8"}:
        raise DamageError(f"its curve {row.name!r} is of the unknown type {row.dtype!r}")
    curve = np.frombuffer(row.data, dtype=row.dtype)
    if len(curve) != row.length:
        raise DamageError(f"its curve {row.name!r} has {len(curve)} of {row.length} values")
    return curve.astype(curve.dtype.newbyteorder("="), copy=False)


def _decode_float(mapping: dict[str, Any]) -> Any:
    return float(mapping[RESERVED_NAME]) if mapping.keys() == {RESERVED_NAME} else mapping


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
    """Create an empty store at ``path``, completely or not at all, unless there is one."""
    if path.exists() and path.stat().st_size > 0:
        return
    for suffix in ("-wal", "-journal"):
        # SQLite would replay such a log into the fresh store.
        if _measure_sidecar(path, suffix):
            raise StoreError(
                f"needed the store {path} beside its log {path.name}{suffix}",
                got="the log alone, which may hold committed runs",
                fix=f"put {path.name} back, or delete {path.name}{suffix} to begin anew",
            )
    part = path.with_name(f"{path.name}.new")
    # The writer's lock is held, so such files were left by a process that died.
    for suffix in ("", "-journal", "-wal", "-shm"):
        part.with_name(f"{part.name}{suffix}").unlink(missing_ok=True)
    with closing(sqlite3.connect(part, isolation_level=None)) as connection:
        write_schema(connection)
        # Once for all: to change the mode at each opening would leave a journal behind if the
        # process were killed just then, which a reader has no right to roll back.
        connection.execute("PRAGMA journal_mode=WAL")
    os.replace(part, path)
    sync_folder(path.parent)


def read_header(path: Path) -> bytes:
    """Read the first hundred bytes of a file, which is all that the checks below need."""
    with path.open("rb") as file:
        return file.read(100)


def check_header(path: Path) -> None:
    """Refuse a file that is no store or of another version, by its header alone.

    The file is neither locked nor changed; one that is missing or empty passes.
    """
    header = read_header(path) if path.exists() else b""
    if not header:
        return
    problem = describe_foreign(header)
    application = int.from_bytes(header[68:72], "big")
    if problem is None and application != APPLICATION_ID:
        problem = f"another program's SQLite file (application id {application:#x})"
    if problem is not None:
        raise StoreError(
            f"needed a store of runs at {path}",
            got=problem,
            fix="give another file with --store FILE; this one was not touched",
        )
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
    _check_length(path, header)


def describe_foreign(header: bytes) -> str | None:
    """Describe a file whose first hundred bytes are not those of an SQLite database.

    Examples:
        >>> describe_foreign(b"survived,age")
        "a file that begins with b'survived,age', not as SQLite does"
    """
    if not header:
        return "an empty file"
    if not header.startswith(MAGIC):
        return f"a file that begins with {header[:16]!r}, not as SQLite does"
    return f"a SQLite file of only {len(header)} bytes" if len(header) < 100 else None


def _check_length(path: Path, header: bytes) -> None:
    # While a write-ahead log exists the file may rightly lag behind its header.
    if _measure_sidecar(path, "-wal") or _measure_sidecar(path, "-journal"):
        return
    page = int.from_bytes(header[16:18], "big")
    expected = int.from_bytes(header[28:32], "big") * (65536 if page == 1 else page)
    size = path.stat().st_size
    if size < expected:
        raise StoreError(
            f"needed all {expected:,} bytes of the store {path}",
            got=f"only {size:,}; its end is cut off",
            fix=f"restore a copy, or see what is left with: losslab runs verify --store {path}",
        )


def _measure_sidecar(path: Path, suffix: str) -> int:
    """Return the size of one of SQLite's files beside the store; 0 if there is none."""
    sidecar = path.with_name(f"{path.name}{suffix}")
    return sidecar.stat().st_size if sidecar.exists() else 0
