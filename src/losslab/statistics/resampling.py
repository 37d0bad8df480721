"""Scores over overlapping splits: mean, corrected standard error and confidence interval."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from losslab.core.errors import DataError, OptionError
from losslab.statistics.distributions import student_quantile, student_tail

# Of all intervals and verdicts, unless asked for another.
CONFIDENCE_LEVEL = 0.95


@dataclass(frozen=True, kw_only=True)
class Summary:
    """``n`` scores: their mean, their spread s, and the standard error of the mean."""

    n: int
    mean: float
    spread: float
    error: float


def summarise(scores: ArrayLike, test_to_train: float) -> Summary:
    """Summarise the scores of n splits that share training rows.

    Formula:
        error = sqrt((1 / n + n_test / n_train) * s^2). Splits of one table overlap, so the usual
        s^2 / n is too small; the second term is the correction. One score has no spread: NaN.
        A score that is not finite makes every number NaN.

    References:
        Nadeau and Bengio (2003), Inference for the generalization error.

    Examples:
        >>> summary = summarise([0.7, 0.8, 0.9], test_to_train=0.25)
        >>> round(summary.mean, 4), round(summary.spread, 4), round(summary.error, 4)
        (0.8, 0.1, 0.0764)
    """
    if not 0 <= test_to_train < math.inf:
        raise OptionError(
            "needed test_to_train (test rows divided by training rows) to be finite and at least 0",
            got=f"{test_to_train!r}",
            fix="pass 0.25 for 5 folds, or 0 for independent scores",
        )
    values = one_column(scores)
    mean, spread = _mean(values), _spread(values)
    error = math.sqrt(1 / len(values) + test_to_train) * spread
    return Summary(n=len(values), mean=mean, spread=spread, error=error)


def one_column(scores: ArrayLike) -> NDArray[np.float64]:
    """Read scores as a non-empty one-dimensional float array.

    Examples:
        >>> one_column([1, 2])
        array([1., 2.])
    """
    values = np.asarray(scores, dtype=np.float64)
    if values.ndim != 1 or len(values) == 0:
        raise DataError(
            "needed the scores of one candidate as one row of numbers, one per split",
            got=f"an array of shape {values.shape}",
            fix="pass a one-dimensional array with at least one score",
        )
    return values


def two_sided_p(summary: Summary) -> float:
    """Give the p-value of "the true mean is 0"; NaN for a single score.

    Formula:
        2 * P(T > |mean| / error), T from Student's distribution with n - 1 degrees of freedom.
        Without spread there is no t: a mean of 0 gives 1, and any other the p-value of n scores
        of one sign, 2 * 2^-n, which is the smallest that flipping signs could give.

    References:
        Nadeau and Bengio (2003), Inference for the generalization error; Dixon and Mood (1946),
        The statistical sign test.

    Examples:
        >>> two_sided_p(summarise([0.1, 0.1, 0.1], test_to_train=0.25))
        0.25
    """
    if math.isnan(summary.error):
        return math.nan
    if summary.error == 0:
        return 1.0 if summary.mean == 0 else 2 * one_sign(summary.n)
    return 2.0 * student_tail(abs(summary.mean) / summary.error, summary.n - 1)


def one_sign(n: int) -> float:
    """Give the probability that n fair coins all fall to one given side, 2^-n.

    Examples:
        >>> one_sign(3)
        0.125
    """
    return 0.5**n


def critical_value(n: int, level: float) -> float:
    """Give the number of standard errors that a two-sided interval reaches to either side.

    Examples:
        >>> round(critical_value(10, 0.95), 4)
        2.2622
    """
    if not 0 < level < 1:
        raise OptionError(
            "needed a confidence level between 0 and 1",
            got=f"{level!r}",
            fix=f"pass level={CONFIDENCE_LEVEL}",
        )
    return student_quantile((1 + level) / 2, n - 1) if n > 1 else math.nan


def _mean(values: NDArray[np.float64]) -> float:
    if not np.isfinite(values).all():
        return math.nan
    if _constant(values):
        return float(values[0])
    # fsum rounds once, so the same scores in another order have the same mean: ties stay ties.
    return math.fsum(values) / len(values)


def _spread(values: NDArray[np.float64]) -> float:
    if len(values) < 2 or not np.isfinite(values).all():
        return math.nan
    # Rounding of the mean would give equal scores a spread of about 1e-17, and p-values of 0.
    return 0.0 if _constant(values) else float(np.std(values, ddof=1))


def _constant(values: NDArray[np.float64]) -> bool:
    return bool((values == values[0]).all())


@dataclass(frozen=True, kw_only=True)
class ConfidenceInterval:
    """A mean over ``n`` splits with a two-sided interval around it."""

    mean: float
    low: float
    high: float
    n: int
    level: float


def corrected_interval(
    scores: ArrayLike, test_to_train: float, level: float = CONFIDENCE_LEVEL
) -> ConfidenceInterval:
    """Build the corrected resampled t interval of a candidate's mean score.

    Formula:
        mean +- t * sqrt((1 / J + n_test / n_train) * s^2), with t from Student's distribution
        with J - 1 degrees of freedom. For J = 1, ``low`` and ``high`` are NaN; scores without
        spread give an interval of width 0; a score that is not finite makes all three NaN.

    References:
        Nadeau and Bengio (2003), Inference for the generalization error.

    Examples:
        >>> interval = corrected_interval([0.78, 0.81, 0.80, 0.83, 0.79], test_to_train=0.25)
        >>> round(interval.low, 3), round(interval.mean, 3), round(interval.high, 3)
        (0.766, 0.802, 0.838)
    """
    return interval_around(summarise(scores, test_to_train), level)


def interval_around(summary: Summary, level: float) -> ConfidenceInterval:
    """Build the interval of scores that are summarised already.

    Examples:
        >>> interval_around(summarise([0.5, 0.5], test_to_train=0.25), level=0.9).high
        0.5
    """
    margin = critical_value(summary.n, level) * summary.error
    return ConfidenceInterval(
        mean=summary.mean,
        low=summary.mean - margin,
        high=summary.mean + margin,
        n=summary.n,
        level=level,
    )
