"""A straight line down."""

from losslab.contracts.interval import UNIT
from losslab.training.schedule import Schedule, Share


def linear(share: Share, end: float) -> Share:
    r"""Fall in a straight line from 1 to ``end``.

    Formula:
        .. math:: 1 - (1 - e)\, t / T
    """
    return 1.0 - (1.0 - end) * share


SPEC = Schedule(
    name="linear",
    factor=linear,
    settings={"end": 0.0},
    ranges={"end": UNIT},
    summary="falls in a straight line, to nothing unless told otherwise",
    reference="Robbins and Monro (1951)",
)
