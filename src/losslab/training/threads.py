"""Threads and floating-point modes of the process while a network trains."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

# A worker returns to Python after each epoch, often every millisecond; with the usual 5 ms it would
# wait longer for whoever computes metrics in Python than it took to train.
_HANDOVER_SECONDS = 0.0005


@contextmanager
def use_one_thread() -> Iterator[None]:
    """Keep PyTorch to one thread: for small work, and beside fleets that use every core.

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


class _Fleets:
    """How many fleets train at present, and what was set before the first of them began."""

    # A generator that nobody holds any more may be closed in the middle of these lines.
    lock = threading.RLock()
    count = 0
    threads = 0
    interval = 0.0


@contextmanager
def yield_to_workers() -> Iterator[None]:
    """Have threads give way to waiting ones soon; put back what was set when the last fleet ends.

    Fleets may end in any order, as generators do that are read in turns.
    """
    with _Fleets.lock:
        if not _Fleets.count:
            _Fleets.threads, _Fleets.interval = torch.get_num_threads(), sys.getswitchinterval()
            sys.setswitchinterval(_HANDOVER_SECONDS)
        _Fleets.count += 1
    try:
        yield
    finally:
        with _Fleets.lock:
            _Fleets.count -= 1
            if not _Fleets.count:
                torch.set_num_threads(_Fleets.threads)
                sys.setswitchinterval(_Fleets.interval)


@contextmanager
def flush_denormals() -> Iterator[None]:
    """Let this thread take numbers below 1e-38 for zero, where the processor can.

    The averages of units that no longer learn decay into them, and make a step a tenth slower.
    """
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
