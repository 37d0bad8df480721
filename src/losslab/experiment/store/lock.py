"""The lock that makes one process the only writer of a store, and names it to the others."""

import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from losslab.core.errors import StoreError

# Windows bars others from the locked byte, the first; so the text begins behind it.
_TEXT_START = 1


def lock_path(store: Path) -> Path:
    """The file beside the store that its writer locks."""
    return store.with_name(f"{store.name}.lock")


def acquire(store: Path) -> FileLock:
    """Lock ``store`` for this process, or say at once who holds it.

    The kernel drops the lock when its holder ends, however it ends; so what a dead process
    left behind is simply taken over. The file stays, since deleting a locked file would let
    two processes lock two files of one name.
    """
    place = lock_path(store)
    # Older versions of filelock empty the file when they try it, hence a look before as well.
    before = _read_owner(place)
    lock = FileLock(place, thread_local=False)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise _held(store, _read_owner(place) or before) from None
    try:
        _write_owner(place)
    except BaseException:
        lock.release()
        raise
    return lock


def release(lock: FileLock) -> None:
    """Let go of a store."""
    try:
        _write_text(Path(lock.lock_file), "")
    finally:
        lock.release()


def _write_owner(place: Path) -> None:
    owner = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    _write_text(place, json.dumps(owner))


def _held(store: Path, owner: dict[str, object]) -> StoreError:
    if owner.get("pid") == os.getpid() and owner.get("host") == socket.gethostname():
        fix = "close the store that this process opened before"
    else:
        fix = "wait until that process ends, or write to another file with --store FILE"
    who = (
        f"process {owner['pid']} on host {owner['host']!r}, which holds it since {owner['since']}"
        if owner
        else "another process that holds it"
    )
    return StoreError(f"needed to be the only writer of the store {store}", got=who, fix=fix)


def _read_owner(place: Path) -> dict[str, object]:
    try:
        with place.open("rb", buffering=0) as file:
            file.seek(_TEXT_START)
            owner = json.loads(file.read())
    except (OSError, ValueError):
        return {}
    return owner if isinstance(owner, dict) and {"pid", "host", "since"} <= owner.keys() else {}


def _write_text(place: Path, text: str) -> None:
    # A blank stands in the locked byte, which only Windows keeps us from writing.
    start = _TEXT_START if os.name == "nt" else 0
    with place.open("r+b", buffering=0) as file:
        file.seek(start)
        file.write((" " + text if text else "").encode()[start:])
        file.truncate()
