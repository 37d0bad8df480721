"""Every candidate against every other."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from numpy.typing import ArrayLike

from losslab.statistics.holm import holm
from losslab.statistics.intervals import interval_around
from losslab.statistics.paired import score_differences
from losslab.statistics.resampling import summarise, two_sided_p


@dataclass(frozen=True, kw_only=True)
class Pair:
    """The mean of ``a`` - ``b`` over the splits, its interval, and the test of it being 0.

    ``p_holm`` is ``p`` adjusted for all pairs that are looked at.
    """

    a: str
    b: str
    delta: float
    low: float
    high: float
    p: float
    p_holm: float


def compare_pairs(
    scores: Mapping[str, ArrayLike], test_to_train: float, level: float = 0.95
) -> tuple[Pair, ...]:
    """Compare all candidates with each other, on the same splits.

    For whoever asks about a pair that does not hold the best: ``step_down`` has more power against
    the best, and says nothing of the others.

    >>> scores = {"mse": [0.9, 0.8, 0.8], "l1": [0.8, 0.8, 0.7], "hinge": [0.7, 0.8, 0.6]}
    >>> [(pair.a, pair.b, round(pair.p, 2)) for pair in compare_pairs(scores, 0.25)]
    [('mse', 'l1', 0.27), ('mse', 'hinge', 0.27), ('l1', 'hinge', 0.27)]
    """
    names = list(combinations(scores, 2))
    differences = [score_differences(scores[a], scores[b]) for a, b in names]
    summaries = [summarise(values, test_to_train) for values in differences]
    p_values = [two_sided_p(summary) for summary in summaries]
    pairs = []
    for (a, b), summary, p, p_holm in zip(
        names, summaries, p_values, holm(p_values).tolist(), strict=True
    ):
        around = interval_around(summary, level)
        ends = {"low": around.low, "high": around.high}
        pairs.append(Pair(a=a, b=b, delta=summary.mean, **ends, p=p, p_holm=p_holm))
    return tuple(pairs)
