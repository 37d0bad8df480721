"""Processes that a script leaves behind: found and ended. Linux only; elsewhere nothing is done."""

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER
_ROUNDS = 50
# Helpers of multiprocessing end by themselves when they see that their parent has.
_GRACE_SECONDS = 0.5


@contextmanager
def adopting_orphans() -> Iterator[None]:
    """Become the parent of descendants whose own parent ends, so that none gets out of sight."""
    if sys.platform != "linux":
        yield
        return
    prctl = ctypes.CDLL(None).prctl
    prctl(_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(_SUBREAPER, 0, 0, 0, 0)


def end_descendants(root: int, before: frozenset[int]) -> int:
    """Kill the descendants of a process except those of ``before``; say how many there were.

    They are left half a second to end by themselves.

    Args:
        root: process id.
        before: those that are not to be touched.
    """
    deadline = time.monotonic() + _GRACE_SECONDS
    while descendants(root) - before and time.monotonic() < deadline:
        _reap(descendants(root) - before)
        time.sleep(0.02)
    ended: set[int] = set()
    for _ in range(_ROUNDS):
        left = descendants(root) - before
        if not left:
            break
        for process in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)
        _reap(left)
        ended |= left
        time.sleep(0.02)
    return len(ended)


def _reap(processes: Iterable[int]) -> None:
    """Take note of the ends of adopted children, so that they are gone for good."""
    for process in processes:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(process, os.WNOHANG)


def descendants(root: int) -> frozenset[int]:
    """List the processes below one; empty where /proc does not exist."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError):
            # The name in brackets may hold anything, brackets and blanks included.
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    found: set[int] = set()
    pending = [root]
    while pending:
        below = [one for one in children.get(pending.pop(), []) if one not in found]
        found.update(below)
        pending += below
    return frozenset(found)
