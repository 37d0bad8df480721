"""Processes that a test leaves behind, which would disturb the tests after it."""

import os
import signal
from contextlib import suppress
from pathlib import Path


def children() -> set[int]:
    """Give the children of this process that run; none where /proc does not tell."""
    found: set[int] = set()
    for file in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):
            found |= {int(child) for child in file.read_text().split()}
    return {child for child in found if is_running(child) and not stays(child)}


def stays(process: int) -> bool:
    """Whether it is what multiprocessing keeps for itself until this process ends."""
    with suppress(OSError):
        return b"multiprocessing.resource_tracker" in Path(f"/proc/{process}/cmdline").read_bytes()
    return False


def is_running(process: int) -> bool:
    """Whether a process is there and has not ended; of the dead some wait for their parent."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def end(processes: set[int]) -> None:
    """Kill processes that have been left behind."""
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
