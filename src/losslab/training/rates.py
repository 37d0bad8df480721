"""The learning rate of every step of a run."""

import numpy as np
from numpy.typing import NDArray

from losslab.training.catalog import SCHEDULES
from losslab.training.run import Run


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
    factors = SCHEDULES[run.schedule].factors(
        epoch * steps, steps, run.epochs * steps, run.schedule_params
    )
    rates: NDArray[np.float64] = run.lr * factors
    return rates
