"""Threads and floating-point modes of the process during training."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

# A worker returns to Python after each epoch, often every millisecond. With the default of 5 ms it
# would wait longer for threads that compute metrics in Python than it trained.
_SWITCH_INTERVAL = 0.0005


@contextmanager
def use_one_thread() -> Iterator[None]:
    """Limit PyTorch to one thread: for small work, and beside fleets that use all cores.

    Examples:
        >>> with use_one_thread():
        ...     torch.get_num_threads()
        1
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


class _ActiveFleets:
    """The number of fleets in training, and the settings from before the first of them."""

    # Reentrant, since garbage collection may close a generator while the lock is held.
    lock = threading.RLock()
    count = 0
    threads = 0
    interval = 0.0


@contextmanager
def yield_to_workers() -> Iterator[None]:
    """Shorten the interval of thread switches; restore all settings when the last fleet ends.

    Fleets may end in any order, as generators do that are read alternately.
    """
    with _ActiveFleets.lock:
        if not _ActiveFleets.count:
            _ActiveFleets.threads, _ActiveFleets.interval = (
                torch.get_num_threads(),
                sys.getswitchinterval(),
            )
            sys.setswitchinterval(_SWITCH_INTERVAL)
        _ActiveFleets.count += 1
    try:
        yield
    finally:
        with _ActiveFleets.lock:
            _ActiveFleets.count -= 1
            if not _ActiveFleets.count:
                torch.set_num_threads(_ActiveFleets.threads)
                sys.setswitchinterval(_ActiveFleets.interval)


@contextmanager
def flush_denormals() -> Iterator[None]:
    """Flush denormal numbers to zero in this thread, where the processor supports it.

    The moments of units that no longer learn decay into denormals, which slow a step down by 10 %.
    """
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
