"""The learning rate of every step of a run."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from losslab.training.catalog import SCHEDULES
from losslab.training.run import Run

# A thousand steps' factors take hardly longer than one's: short epochs share what is made at once,
# and no more than a thousand are kept.
_STEPS_AT_ONCE = 1024


def learning_rates(run: Run, epoch: int, n_rows: int) -> NDArray[np.float64]:
    """The learning rates of one epoch's steps, ``(steps,)``, made on the host for every engine.

    Args:
        run: its learning rate, schedule, batch size and number of epochs count.
        epoch: counted from 0.
        n_rows: the number of training rows.

    >>> run = Run(loss="mse", task="binary", lr=0.1, schedule="linear", batch_size=8, epochs=2)
    >>> learning_rates(run, 1, n_rows=16)
    array([0.05 , 0.025])
    """
    steps = -(-n_rows // run.batch_size)
    settings = tuple(run.schedule_params.items())
    epochs = _STEPS_AT_ONCE // max(steps, 1)
    if epochs < 2:
        return run.lr * _factors(run.schedule, settings, epoch * steps, steps, run.epochs * steps)
    first = epoch - epoch % epochs
    together = min(epochs, run.epochs - first) * steps
    factors = _kept(run.schedule, settings, first * steps, together, run.epochs * steps)
    at = (epoch - first) * steps
    return run.lr * factors[at : at + steps]


def _factors(
    schedule: str, settings: tuple[tuple[str, float], ...], first: int, steps: int, total: int
) -> NDArray[np.float64]:
    return SCHEDULES[schedule].factors(first, steps, total, dict(settings))


_kept = lru_cache(maxsize=256)(_factors)
