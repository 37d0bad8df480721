"""Confidence intervals for the mean score over splits."""

from dataclasses import dataclass

from numpy.typing import ArrayLike

from losslab.statistics.resampling import Summary, critical_value, summarise


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A mean over ``n`` splits with a two-sided interval around it."""

    mean: float
    low: float
    high: float
    n: int
    level: float


def corrected_interval(scores: ArrayLike, test_to_train: float, level: float = 0.95) -> Interval:
    """Build the corrected resampled t interval of a candidate's mean score.

    Formula
        mean +- t * sqrt((1 / J + n_test / n_train) * s^2), with t from Student's distribution
        with J - 1 degrees of freedom. For J = 1, ``low`` and ``high`` are NaN; scores without
        spread give an interval of width 0; a score that is not finite makes all three NaN.
    Reference
        Nadeau and Bengio (2003), Inference for the generalization error.
    Example
        >>> interval = corrected_interval([0.78, 0.81, 0.80, 0.83, 0.79], test_to_train=0.25)
        >>> round(interval.low, 3), round(interval.mean, 3), round(interval.high, 3)
        (0.766, 0.802, 0.838)
    """
    return interval_around(summarise(scores, test_to_train), level)


def interval_around(summary: Summary, level: float) -> Interval:
    """Build the interval of scores that are summarised already.

    >>> interval_around(summarise([0.5, 0.5], test_to_train=0.25), level=0.9).high
    0.5
    """
    margin = critical_value(summary.n, level) * summary.error
    return Interval(
        mean=summary.mean,
        low=summary.mean - margin,
        high=summary.mean + margin,
        n=summary.n,
        level=level,
    )
