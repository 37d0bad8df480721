"""A staircase down."""

import numpy as np

from losslab.contracts.interval import Interval
from losslab.elementary.scalar import power
from losslab.training.schedule import Schedule, Share


def step(share: Share, stages: float, gamma: float) -> Share:
    r"""Multiply by ``gamma`` after each of equally long stages.

    Formula:
        .. math:: \gamma^{\lfloor n t / T \rfloor}
    References:
        He, Zhang, Ren and Sun, "Deep residual learning" (2016), made it usual.
    """
    # A stage ends on the step itself, whatever the rounding of the division.
    stage = np.floor(stages * share + 1e-9).astype(np.int64)
    factors = np.array([power(gamma, count) for count in range(stage.max(initial=0) + 1)])
    return factors[stage]


SPEC = Schedule(
    name="step",
    factor=step,
    settings={"stages": 3.0, "gamma": 0.1},
    ranges={"stages": Interval(1.0, 1000.0), "gamma": Interval(0.0, 1.0, open_low=True)},
    summary="is divided by ten after each third of the training, or as told",
    reference="He, Zhang, Ren and Sun (2016)",
)
