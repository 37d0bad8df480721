"""Errors of SQLite and the operating system, raised as a StoreError."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from losslab.core.errors import StoreError
from losslab.core.files import describe_free_space, describe_write_error

# What may be tried again elsewhere or later; any other error while reading means damage.
ACCESS_ERRORS = (
    "SQLITE_BUSY",
    "SQLITE_LOCKED",
    "SQLITE_READONLY",
    "SQLITE_CANTOPEN",
    "SQLITE_PERM",
)

_KEPT = "then run the same command again; what was committed is kept"
_DAMAGED = ("a damaged file ({error})", "keep a copy, then: losslab runs verify --store {path}")
_IN_USE = ("another program that holds it", f"close that program, {_KEPT}")
_NO_ACCESS = (
    "no way to open or change it ({error}; {free})",
    "choose a file in a folder that you may write to with --store FILE",
)
_OTHERWISE = ("{error}", "look at the store with: losslab runs verify --store {path}")

# By the prefix of the error's name in SQLite; the first match counts.
_CASES = (
    ("SQLITE_FULL", "no space left ({free})", f"free some space, {_KEPT}"),
    ("SQLITE_IOERR", "a disk error ({error}; {free})", f"free or repair the disk, {_KEPT}"),
    ("SQLITE_CORRUPT", *_DAMAGED),
    ("SQLITE_NOTADB", *_DAMAGED),
    ("SQLITE_BUSY", *_IN_USE),
    ("SQLITE_LOCKED", *_IN_USE),
    (
        "SQLITE_READONLY_ROLLBACK",
        "a commit that was cut off when its process died",
        "run the command that wrote it again, which rolls that commit back",
    ),
    ("SQLITE_READONLY", *_NO_ACCESS),
    ("SQLITE_CANTOPEN", *_NO_ACCESS),
    ("SQLITE_PERM", *_NO_ACCESS),
)


@contextmanager
def convert_errors(path: Path | None, action: str) -> Iterator[None]:
    """Convert any failure of the block to a StoreError that names the file and a fix."""
    place = path or Path()
    try:
        yield
    except sqlite3.Error as error:
        name = get_error_name(error)
        got, fix = next((case for prefix, *case in _CASES if name.startswith(prefix)), _OTHERWISE)
        words = {"error": error, "path": place, "free": describe_free_space(place)}
        raise StoreError(
            f"needed to {action} {path or 'in memory'}",
            got=got.format(**words),
            fix=fix.format(**words),
        ) from error
    except OSError as error:
        cause = describe_write_error(place, error)
        raise StoreError(f"needed to {action} {place}", got=cause.got, fix=cause.fix) from error


def get_error_name(error: sqlite3.Error) -> str:
    """Return SQLite's name of an error; empty for an error of Python's driver.

    Examples:
        >>> get_error_name(sqlite3.ProgrammingError("Cannot operate on a closed database."))
        ''
    """
    return str(getattr(error, "sqlite_errorname", ""))
