"""The lock that makes one process the only writer of a store."""

import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from losslab.core.errors import StoreError

# Windows bars other processes from the locked byte, the first; so the text begins behind it.
_TEXT_START = 1


def acquire(store: Path) -> FileLock:
    """Lock ``store`` for this process, or raise a StoreError that names the holder.

    The kernel drops the lock when its holder ends, however it ends; so the lock of a dead process
    is simply taken over. The lock file stays, since deleting a locked file would let two processes
    lock two files of one name.
    """
    path = store.with_name(f"{store.name}.lock")
    # Older versions of filelock empty the file when they try it, so read it before as well.
    before = _read_owner(path)
    lock = FileLock(path, thread_local=False)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise _build_error(store, _read_owner(path) or before) from None
    owner = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    try:
        _write_text(path, json.dumps(owner))
    except BaseException:
        lock.release()
        raise
    return lock


def release(lock: FileLock) -> None:
    """Release the lock of a store."""
    try:
        _write_text(Path(lock.lock_file), "")
    finally:
        lock.release()


def _build_error(store: Path, owner: dict[str, object]) -> StoreError:
    if owner.get("pid") == os.getpid() and owner.get("host") == socket.gethostname():
        fix = "close the store that this process opened before"
    else:
        fix = "wait until that process ends, or write to another file with --store FILE"
    holder = (
        f"process {owner['pid']} on host {owner['host']!r}, which holds it since {owner['since']}"
        if owner
        else "another process that holds it"
    )
    return StoreError(f"needed to be the only writer of the store {store}", got=holder, fix=fix)


def _read_owner(path: Path) -> dict[str, object]:
    try:
        with path.open("rb", buffering=0) as file:
            file.seek(_TEXT_START)
            owner = json.loads(file.read())
    except (OSError, ValueError):
        return {}
    return owner if isinstance(owner, dict) and {"pid", "host", "since"} <= owner.keys() else {}


def _write_text(path: Path, text: str) -> None:
    # The locked byte holds a blank; only Windows keeps even the holder from writing it.
    start = _TEXT_START if os.name == "nt" else 0
    with path.open("r+b", buffering=0) as file:
        file.seek(start)
        file.write((" " + text if text else "").encode()[start:])
        file.truncate()
