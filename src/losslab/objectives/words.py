"""Kinds of numbers and where they lie, as readers say them."""

import math

from losslab.contracts.domain import Kind
from losslab.contracts.interval import REALS, UNIT, Interval

_PLURALS = {
    Kind.SCORES: "scores",
    Kind.PROBABILITY: "probabilities",
    Kind.LOG_PROBABILITY: "log-probabilities",
    Kind.VALUE: "values",
    Kind.LOG_RATE: "log-rates",
    Kind.UNIT_VECTOR: "unit vectors",
    Kind.SIGNS: "signs",
    Kind.CLASS_INDEX: "class indices",
}
# Where numbers of a kind lie by their very name.
_BY_NAME = {
    Kind.PROBABILITY: UNIT,
    Kind.LOG_PROBABILITY: Interval(high=0.0),
    Kind.UNIT_VECTOR: Interval(-1.0, 1.0),
    Kind.SIGNS: Interval(-1.0, 1.0),
    Kind.CLASS_INDEX: Interval(0.0),
}


def in_words(kinds: tuple[Kind, ...]) -> str:
    """Name kinds as a reader would.

    >>> in_words((Kind.SCORES, Kind.VALUE, Kind.LOG_RATE))
    'scores, values or log-rates'
    """
    named = [_PLURALS[kind] for kind in kinds]
    return " or ".join(part for part in (", ".join(named[:-1]), named[-1]) if part)


def told(kinds: tuple[Kind, ...], within: Interval) -> str:
    """Name kinds with the interval they lie in, where their name does not say it.

    >>> told((Kind.VALUE,), Interval(0.0)), told((Kind.PROBABILITY,), UNIT)
    ('values of 0 and more', 'probabilities')
    """
    said = all(_BY_NAME.get(kind, REALS) == within for kind in kinds)
    return in_words(kinds) if said else f"{in_words(kinds)} {extent(within)}"


def extent(within: Interval) -> str:
    """Say where the numbers of an interval lie.

    >>> extent(Interval(-1.0, 1.0)), extent(Interval(0.0, open_low=True)), extent(Interval())
    ('between -1 and 1', 'above 0', 'of any size')
    """
    low, high = f"{within.low:g}", f"{within.high:g}"
    if math.isinf(within.low) and math.isinf(within.high):
        return "of any size"
    if math.isinf(within.high):
        return f"above {low}" if within.open_low else f"of {low} and more"
    if math.isinf(within.low):
        return f"below {high}" if within.open_high else f"of {high} and less"
    return f"between {low} and {high}"
