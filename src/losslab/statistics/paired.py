"""Paired comparisons of candidates on the same splits."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from losslab.core.errors import DataError, OptionError
from losslab.statistics.distributions import student_t_sf
from losslab.statistics.resampling import (
    CONFIDENCE_LEVEL,
    Summary,
    build_interval,
    check_scores,
    compute_two_sided_p,
    summarize_scores,
)


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Adjust p-values by Holm's method, which controls the family-wise error rate.

    Formula:
        The i-th smallest of m p-values is multiplied by m - i + 1; an adjusted value is never
        below that of a smaller p-value and never above 1. NaN stays NaN and does not count.

    References:
        Holm (1979), A simple sequentially rejective multiple test procedure.

    Examples:
        >>> holm([0.01, 0.04, 0.03]).round(4).tolist()
        [0.03, 0.06, 0.06]
    """
    raw = np.asarray(p_values, dtype=np.float64)
    if raw.ndim != 1 or ((raw < 0) | (raw > 1)).any():
        raise DataError(
            "needed a one-dimensional array of p-values between 0 and 1",
            got=f"{raw.tolist()}",
            fix="pass the p-values of all pairs in one list",
        )
    present = np.flatnonzero(~np.isnan(raw))
    order = present[np.argsort(raw[present], kind="stable")]
    multiplied = raw[order] * np.arange(len(order), 0, -1)
    adjusted = np.full(raw.shape, np.nan)
    adjusted[order] = np.minimum(np.maximum.accumulate(multiplied), 1.0)
    return adjusted


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The difference of two candidates on ``n`` splits.

    Attributes:
        delta: the mean of a - b.
        low: the lower end of its confidence interval.
        high: the upper end.
        p: the two-sided p-value.
        p_better: the posterior probability that ``a`` is better by more than the rope.
        p_equal: that they are practically equal.
        p_worse: that ``a`` is worse by more than the rope.
        n: the number of splits.
    """

    delta: float
    low: float
    high: float
    p: float
    p_better: float
    p_equal: float
    p_worse: float
    n: int


def compare_pair(  # noqa: PLR0913
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
        delta, with the same corrected standard error, divided at -rope and rope (both count as
        equal). "Better" means that ``a`` is better, in the direction of the metric.
        For equal scores on all splits, p = 1 and p_equal = 1. The same nonzero difference on all
        J splits has no spread: p = 2 * 2^-J, by the sign test; the region of the difference has
        probability 1 - 2^-J (J observations and one prior one, as in the Bayesian sign test), and
        the other two share the rest. The interval is the point if p < 1 - level, else NaN. For
        one split, all but delta is NaN.

    References:
        Nadeau and Bengio (2003), Inference for the generalization error; Benavoli, Corani,
        Demsar and Zaffalon (2017), Time for a change.

    Examples:
        >>> a, b = [0.82, 0.85, 0.80, 0.84, 0.83], [0.80, 0.82, 0.79, 0.81, 0.82]
        >>> difference = compare_pair(a, b, test_to_train=0.25, rope=0.01)
        >>> round(difference.delta, 3), round(difference.p, 3), round(difference.p_better, 3)
        (0.02, 0.041, 0.895)
    """
    if not 0 <= rope < math.inf:
        raise OptionError(
            "needed a region of practical equivalence (rope) that is finite and at least 0",
            got=f"{rope!r}",
            fix="pass 0.01 for one point of accuracy",
        )
    summary = summarize_scores(subtract_scores(a, b), test_to_train)
    p, interval = compute_two_sided_p(summary), build_interval(summary, level)
    # Without spread, the signs of few differences exclude no mean.
    unknown = summary.error == 0 and 1 - level <= p < 1
    above, within, below = _compute_posterior(summary, rope)
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


def subtract_scores(a: ArrayLike, b: ArrayLike) -> NDArray[np.float64]:
    """Subtract the scores of ``b`` from those of ``a``, split by split.

    Differences that are equal up to rounding become equal, or 0 if they are 0 up to rounding;
    otherwise their spread would be noise in the last digit.

    Examples:
        >>> subtract_scores([0.75, 1.0], [0.5, 0.5])
        array([0.25, 0.5 ])
        >>> subtract_scores([0.8, 0.7], [0.6, 0.5]).std()
        np.float64(0.0)
    """
    first, second = check_scores(a), check_scores(b)
    if len(first) != len(second):
        raise DataError(
            "needed the scores of two candidates on the same splits",
            got=f"{len(first)} and {len(second)} scores",
            fix="score both candidates on every split",
        )
    with np.errstate(invalid="ignore"):  # inf - inf; its summary is NaN
        differences = first - second
    if not np.isfinite(differences).all():
        return differences
    rounding = 4 * np.finfo(np.float64).eps * np.abs([first, second]).max()
    if np.ptp(differences) > rounding:
        return differences
    nearest = differences[np.abs(differences).argmin()]
    return np.full_like(differences, 0.0 if abs(nearest) <= rounding else nearest)


def _compute_posterior(summary: Summary, rope: float) -> tuple[float, float, float]:
    """Compute the posterior of the true difference: above the rope, within it, below it."""
    if math.isnan(summary.error):
        return math.nan, math.nan, math.nan
    if summary.error == 0:
        return _compute_sign_posterior(summary, rope)
    freedom = summary.n - 1
    above = student_t_sf((rope - summary.mean) / summary.error, freedom)
    below = student_t_sf((rope + summary.mean) / summary.error, freedom)
    return above, max(0.0, 1.0 - (above + below)), below


def _compute_sign_posterior(summary: Summary, rope: float) -> tuple[float, float, float]:
    """Compute the posterior where all differences are equal: n signs of one region, one prior."""
    if summary.mean == 0:
        return 0.0, 1.0, 0.0
    regions = (summary.mean > rope, abs(summary.mean) <= rope, summary.mean < -rope)
    # The region's share of all splits is Beta(n, 1): it is the largest with probability 1 - 2^-n.
    other = 0.5**summary.n / 2
    above, within, below = (1 - 2 * other if holds else other for holds in regions)
    return above, within, below


@dataclass(frozen=True, kw_only=True)
class Pair:
    """The difference of two candidates of a comparison.

    Attributes:
        a: the name of the first.
        b: the name of the second.
        delta: the mean of ``a`` - ``b`` over the splits.
        low: the lower end of its confidence interval.
        high: the upper end.
        p: the two-sided p-value.
        p_holm: the p-value adjusted for all pairs.
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
    """Compare all pairs of candidates on the same splits.

    ``compute_step_down_p`` has more power for comparisons with the best candidate.

    Examples:
        >>> scores = {"mse": [0.9, 0.8, 0.8], "l1": [0.8, 0.8, 0.7], "hinge": [0.7, 0.8, 0.6]}
        >>> [(pair.a, pair.b, round(pair.p, 2)) for pair in compare_pairs(scores, 0.25)]
        [('mse', 'l1', 0.27), ('mse', 'hinge', 0.27), ('l1', 'hinge', 0.27)]
    """
    names = list(combinations(scores, 2))
    summaries = [
        summarize_scores(subtract_scores(scores[a], scores[b]), test_to_train) for a, b in names
    ]
    p_values = [compute_two_sided_p(summary) for summary in summaries]
    pairs = []
    for (a, b), summary, p, p_holm in zip(
        names, summaries, p_values, holm(p_values).tolist(), strict=True
    ):
        interval = build_interval(summary, level)
        pair = Pair(
            a=a,
            b=b,
            delta=summary.mean,
            low=interval.low,
            high=interval.high,
            p=p,
            p_holm=p_holm,
        )
        pairs.append(pair)
    return tuple(pairs)
