"""Half a cosine wave down."""

import numpy as np

from losslab.contracts.interval import UNIT
from losslab.elementary.array import cos
from losslab.training.schedule import Schedule, Share


def cosine(share: Share, end: float) -> Share:
    r"""Fall from 1 to ``end`` along half a cosine wave.

    Formula:
        .. math:: e + \tfrac{1 - e}{2} (1 + \cos(\pi t / T))
    References:
        Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts" (2017).
    """
    return end + (1.0 - end) * (1.0 + cos(np.pi * share)) / 2.0


SPEC = Schedule(
    name="cosine",
    factor=cosine,
    settings={"end": 0.0},
    ranges={"end": UNIT},
    summary="stays high, falls fast in the middle and settles slowly; a good first choice",
    reference="Loshchilov and Hutter (2017)",
)
