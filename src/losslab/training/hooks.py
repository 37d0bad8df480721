"""What an engine tells its caller, and asks of it, while it trains."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from losslab.training.run import Run


class Stopped(Exception):
    """Raised inside an engine when it was told to stop."""


@dataclass(frozen=True)
class Hooks:
    """What an engine is told, and two callables, both called from the engine's own thread.

    Args:
        after_epoch: called with the runs of a fleet after each of its epochs.
        stop: asked before every step, or every call of a compiled loop; once it answers True the
            engine raises ``Stopped``.
        cores: how many are free for these runs.
    """

    after_epoch: Callable[[Sequence[Run]], None] = lambda runs: None
    stop: Callable[[], bool] = lambda: False
    cores: int = 1
