"""What SQLite, the operating system and network file systems refuse, told as a StoreError."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from losslab.core.errors import StoreError
from losslab.core.files import describe_free_space, describe_write_error

# Their clients share no memory, which the log's index needs; 9p is also how Windows folders
# show inside the Windows Subsystem for Linux.
NETWORK_TYPES = frozenset({"9p", "afs", "beegfs", "ceph", "cifs", "davfs", "glusterfs", "gpfs"})
NETWORK_TYPES |= {"lustre", "ncpfs", "nfs", "nfs4", "prl_fs", "smb2", "smb3", "smbfs", "vboxsf"}
NETWORK_TYPES |= {"fuse.ceph", "fuse.davfs2", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs"}
NETWORK_TYPES |= {"fuse.sshfs", "fuse.vmhgfs-fuse"}


def network_type(path: str | PurePosixPath, mounts: str) -> str | None:
    """Name the network file system that ``path`` lies on, given the text of /proc/mounts.

    >>> network_type("/home/ada/runs.sqlite", "/dev/sda1 / ext4 rw 0 0")
    >>> network_type("/home/ada/runs.sqlite", "server:/home /home nfs4 rw 0 0")
    'nfs4'
    """
    nearest, kind = -1, ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        folder = PurePosixPath(_unescape(fields[1]))
        depth = len(folder.parts)
        # Of two mounts on one folder the later hides the earlier.
        if depth >= nearest and PurePosixPath(path).is_relative_to(folder):
            nearest, kind = depth, fields[2]
    return kind if kind in NETWORK_TYPES else None


def read_mounts() -> str:
    """The text of /proc/mounts; empty where the system has none."""
    try:
        return Path("/proc/mounts").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""


def _unescape(folder: str) -> str:
    # The kernel writes these four characters as octal numbers.
    for code, character in ((r"\040", " "), (r"\011", "\t"), (r"\012", "\n"), (r"\134", "\\")):
        folder = folder.replace(code, character)
    return folder


@contextmanager
def to_store_error(path: Path | None, doing: str) -> Iterator[None]:
    """Turn any failure of the block into a StoreError that names the file and the remedy."""
    try:
        yield
    except sqlite3.Error as error:
        raise _from_sqlite(path, doing, error) from error
    except OSError as error:
        place = path or Path()
        cause = describe_write_error(place, error)
        raise StoreError(f"needed to {doing} {place}", got=cause.got, fix=cause.fix) from error


def _from_sqlite(path: Path | None, doing: str, error: sqlite3.Error) -> StoreError:
    name = error_name(error)
    got, fix = next((words for prefix, *words in _CASES if name.startswith(prefix)), _OTHERWISE)
    place = path or Path()
    words = {"error": error, "path": place, "free": describe_free_space(place)}
    where = path or "in memory"
    return StoreError(
        f"needed to {doing} {where}", got=got.format(**words), fix=fix.format(**words)
    )


# What may be tried again elsewhere or later; anything else a reader meets is damage.
BARRED = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")


def error_name(error: sqlite3.Error) -> str:
    """SQLite's name for an error; empty for one of Python's driver.

    >>> error_name(sqlite3.ProgrammingError("Cannot operate on a closed database."))
    ''
    """
    return str(getattr(error, "sqlite_errorname", ""))


_KEPT = "then run the same command again; what was committed is kept"
_DAMAGED = ("a damaged file ({error})", "keep a copy, then: losslab runs verify --store {path}")
_BARRED = (
    "no way to open or change it ({error}; {free})",
    "choose a file in a folder that you may write to with --store FILE",
)

_OTHERWISE = ("{error}", "look at the store with: losslab runs verify --store {path}")

# By the name of SQLite's error, nearest first.
_CASES = (
    ("SQLITE_FULL", "no space left ({free})", f"free some space, {_KEPT}"),
    ("SQLITE_IOERR", "a disk that failed ({error}; {free})", f"free or mend the disk, {_KEPT}"),
    ("SQLITE_CORRUPT", *_DAMAGED),
    ("SQLITE_NOTADB", *_DAMAGED),
    ("SQLITE_BUSY", "another program that holds it", f"close that program, {_KEPT}"),
    ("SQLITE_LOCKED", "another program that holds it", f"close that program, {_KEPT}"),
    (
        "SQLITE_READONLY_ROLLBACK",
        "a commit that was cut off when its process died",
        "run the command that wrote it again, which takes that commit back",
    ),
    ("SQLITE_READONLY", *_BARRED),
    ("SQLITE_CANTOPEN", *_BARRED),
    ("SQLITE_PERM", *_BARRED),
)
