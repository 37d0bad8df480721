"""A plugin of pytest: a test that leaves a process behind fails, before it disturbs others."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

# Processes that tests may share.
KEPT: set[int] = set()
# What ran before the present test.
RUNNING: set[int] = set()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Iterator[None]:
    """Note what runs before a test."""
    RUNNING.clear()
    RUNNING.update(children())
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown() -> Iterator[None]:
    """Let a test fail that leaves a process behind, and end the process."""
    yield
    behind = children() - RUNNING - KEPT
    for process in behind:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    assert not behind, f"processes {sorted(behind)} were left behind"


def children() -> set[int]:
    """Give the children of this process that run; none where /proc does not tell."""
    found: set[int] = set()
    for file in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):
            found |= {int(child) for child in file.read_text(encoding="utf-8").split()}
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
