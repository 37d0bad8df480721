"""A short rise, and then half a cosine wave down."""

import numpy as np

from losslab.contracts.interval import UNIT, Interval
from losslab.training.schedule import Schedule, Share
from losslab.training.schedules.cosine import cosine


def warmup_cosine(share: Share, rise: float, start: float, end: float) -> Share:
    r"""Rise in a straight line for the first share of all steps, then fall as ``cosine`` does.

    Formula:
        .. math:: s + (1 - s)\, \frac{t}{r T} \text{ while } t < r T, \quad
            \text{then } e + \tfrac{1 - e}{2}
            \left(1 + \cos\left(\pi \frac{t - r T}{T - r T}\right)\right)
    References:
        Goyal and others, "Accurate, large minibatch SGD" (2017), for the rise.
    """
    rising = start + (1.0 - start) * share / max(rise, np.finfo(float).tiny)
    falling = cosine(np.maximum(share - rise, 0.0) / (1.0 - rise), end)
    return np.where(share < rise, rising, falling)


SPEC = Schedule(
    name="warmup_cosine",
    factor=warmup_cosine,
    settings={"rise": 0.1, "start": 0.01, "end": 0.0},
    ranges={"rise": Interval(0.0, 1.0, open_high=True), "start": UNIT, "end": UNIT},
    summary="begins with small steps, for networks that diverge at full speed at first",
    reference="Goyal and others (2017); Loshchilov and Hutter (2017)",
)
