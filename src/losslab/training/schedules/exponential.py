"""The same share less at every step."""

from losslab.contracts.interval import Interval
from losslab.elementary.array import exp
from losslab.elementary.scalar import log
from losslab.training.schedule import Schedule, Share


def exponential(share: Share, end: float) -> Share:
    r"""Fall from 1 to ``end``, by the same share at every step.

    Formula:
        .. math:: e^{\,t / T}
    """
    return exp(share * log(end))


SPEC = Schedule(
    name="exponential",
    factor=exponential,
    settings={"end": 0.01},
    ranges={"end": Interval(0.0, 1.0, open_low=True)},
    summary="falls by the same share at every step",
    reference="Bottou, Large-scale machine learning with stochastic gradient descent (2010)",
)
