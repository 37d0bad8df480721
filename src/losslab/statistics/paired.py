"""Candidates compared on the same splits: how far apart, how sure, and does it matter."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from losslab.core.errors import DataError, OptionError
from losslab.statistics.distributions import student_tail
from losslab.statistics.resampling import (
    CONFIDENCE_LEVEL,
    Summary,
    interval_around,
    one_column,
    one_sign,
    summarise,
    two_sided_p,
)


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Adjust p-values so that the chance of any false alarm among them stays at the level.

    Formula:
        The i-th smallest of m p-values is multiplied by m - i + 1; an adjusted value is never
        below that of a smaller p-value and never above 1. NaN stays NaN and is not counted.

    References:
        Holm (1979), A simple sequentially rejective multiple test procedure.

    Examples:
        >>> holm([0.01, 0.04, 0.03]).round(4).tolist()
        [0.03, 0.06, 0.06]
    """
    raw = np.asarray(p_values, dtype=np.float64)
    if raw.ndim != 1 or ((raw < 0) | (raw > 1)).any():
        raise DataError(
            "needed p-values between 0 and 1 in one row",
            got=f"{raw.tolist()}",
            fix="pass the p-values of all pairs as one list",
        )
    counted = np.flatnonzero(~np.isnan(raw))
    order = counted[np.argsort(raw[counted], kind="stable")]
    multiplied = raw[order] * np.arange(len(order), 0, -1)
    adjusted = np.full(raw.shape, np.nan)
    adjusted[order] = np.minimum(np.maximum.accumulate(multiplied), 1.0)
    return adjusted


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The mean of a - b over ``n`` splits, with its interval, test and Bayesian answer."""

    delta: float
    low: float
    high: float
    p: float
    p_better: float
    p_equal: float
    p_worse: float
    n: int


# The two candidates and what defines the test: folding them into one value would hide the call.
def paired_difference(  # noqa: PLR0913
    a: ArrayLike,
    b: ArrayLike,
    test_to_train: float,
    rope: float,
    level: float = CONFIDENCE_LEVEL,
    higher_is_better: bool = True,
) -> Difference:
    """Compare the scores of ``a`` and ``b`` on the same splits.

    Formula:
        delta is the mean of a - b, whatever the direction of the metric. ``p`` is two-sided, from
        the corrected resampled t test. ``p_better``, ``p_equal`` and ``p_worse`` sum to 1: the
        posterior of the true difference is Student's t with J - 1 degrees of freedom around
        delta, with the same corrected standard error, cut at -rope and rope (the ends count as
        equal). "Better" means that ``a`` is better, in the direction of the metric.
        Equal scores everywhere: p = 1 and p_equal = 1. The same nonzero difference on all J
        splits has no spread, which leaves J signs: p = 2 * 2^-J, and the region that holds the
        difference has probability 1 - 2^-J (one observation beside the J seen, as in the
        Bayesian sign test); the other two share the rest. Its interval is the point where
        p < 1 - level, else unknown: NaN. One split: all but delta is NaN.

    References:
        Nadeau and Bengio (2003), Inference for the generalization error; Benavoli, Corani,
        Demsar and Zaffalon (2017), Time for a change.

    Examples:
        >>> a, b = [0.82, 0.85, 0.80, 0.84, 0.83], [0.80, 0.82, 0.79, 0.81, 0.82]
        >>> difference = paired_difference(a, b, test_to_train=0.25, rope=0.01)
        >>> round(difference.delta, 3), round(difference.p, 3), round(difference.p_better, 3)
        (0.02, 0.041, 0.895)
    """
    if not 0 <= rope < math.inf:
        raise OptionError(
            "needed a region of practical equivalence (rope) that is finite and at least 0",
            got=f"{rope!r}",
            fix="pass 0.01 for one point of accuracy",
        )
    summary = summarise(score_differences(a, b), test_to_train)
    p, interval = two_sided_p(summary), interval_around(summary, level)
    # The signs of too few differences without spread exclude no mean at all.
    unknown = summary.error == 0 and 1 - level <= p < 1
    above, within, below = _posterior(summary, rope)
    return Difference(
        delta=summary.mean,
        low=math.nan if unknown else interval.low,
        high=math.nan if unknown else interval.high,
        p=p,
        p_better=above if higher_is_better else below,
        p_equal=within,
        p_worse=below if higher_is_better else above,
        n=summary.n,
    )


def score_differences(a: ArrayLike, b: ArrayLike) -> NDArray[np.float64]:
    """Subtract the scores of ``b`` from those of ``a``, split by split.

    Differences that only rounding tells apart come out equal, and at 0 where they round to it:
    their spread would be noise in the last digit.

    Examples:
        >>> score_differences([0.75, 1.0], [0.5, 0.5])
        array([0.25, 0.5 ])
        >>> score_differences([0.8, 0.7], [0.6, 0.5]).std()
        np.float64(0.0)
    """
    first, second = one_column(a), one_column(b)
    if len(first) != len(second):
        raise DataError(
            "needed the scores of two candidates on the same splits",
            got=f"{len(first)} and {len(second)} scores",
            fix="score both candidates on every split",
        )
    with np.errstate(invalid="ignore"):  # inf - inf: not finite, and summarised as NaN
        differences = first - second
    return _told_apart(differences, np.abs([first, second]))


def _told_apart(
    differences: NDArray[np.float64], sizes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Make differences equal that only the rounding of scores of such sizes tells apart."""
    if not np.isfinite(differences).all():
        return differences
    rounding = 4 * np.finfo(np.float64).eps * sizes.max()
    if np.ptp(differences) > rounding:
        return differences
    nearest = differences[np.abs(differences).argmin()]
    return np.full_like(differences, 0.0 if abs(nearest) <= rounding else nearest)


def _posterior(summary: Summary, rope: float) -> tuple[float, float, float]:
    """Split the posterior of the true difference: above rope, within it, below -rope."""
    if math.isnan(summary.error):
        return math.nan, math.nan, math.nan
    if summary.error == 0:
        return _posterior_of_signs(summary, rope)
    freedom = summary.n - 1
    above = student_tail((rope - summary.mean) / summary.error, freedom)
    below = student_tail((rope + summary.mean) / summary.error, freedom)
    return above, max(0.0, 1.0 - (above + below)), below


def _posterior_of_signs(summary: Summary, rope: float) -> tuple[float, float, float]:
    """The same where all differences are equal: n observations of one region, and one beside."""
    if summary.mean == 0:
        return 0.0, 1.0, 0.0
    held = (summary.mean > rope, abs(summary.mean) <= rope, summary.mean < -rope)
    # The region's share of all splits is Beta(n, 1), so it is the largest with 1 - 2^-n.
    other = one_sign(summary.n) / 2
    above, within, below = (1 - 2 * other if here else other for here in held)
    return above, within, below


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
    scores: Mapping[str, ArrayLike], test_to_train: float, level: float = CONFIDENCE_LEVEL
) -> tuple[Pair, ...]:
    """Compare all candidates with each other, on the same splits.

    For whoever asks about a pair that does not hold the best: ``step_down`` has more power against
    the best, and says nothing of the others.

    Examples:
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
