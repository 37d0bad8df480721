"""Threads that share the steps of one model, where there are more cores than models."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

import torch

# Two meetings a step take about a tenth of a millisecond; below this much arithmetic a core, about
# half a millisecond, they cost more than they save.
_OPERATIONS_A_PART = 10**8


class Team:
    """So many cores as are of use for a step, this thread's own among them.

    Args:
        cores: how many there are.
        operations: floating-point operations of one step.
    """

    def __init__(self, cores: int, operations: int) -> None:
        self.size = max(1, min(cores, operations // _OPERATIONS_A_PART))
        self._others: ThreadPoolExecutor | None = None
        if self.size > 1:
            self._others = ThreadPoolExecutor(
                self.size - 1, initializer=torch.set_flush_denormal, initargs=(True,)
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._others is not None:
            self._others.shutdown()

    def do(self, parts: Sequence[Callable[[], None]]) -> None:
        """Call all parts side by side, and return when they are done."""
        assert self._others is not None, "a team of one has nobody to share with"
        others = [self._others.submit(part) for part in parts[1:]]
        parts[0]()
        for other in others:
            other.result()
