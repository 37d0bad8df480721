"""Confidence intervals and tests of scores over overlapping splits."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from losslab.core.errors import DataError, OptionError
from losslab.statistics.distributions import student_t_ppf, student_t_sf

# The default of all intervals and verdicts.
CONFIDENCE_LEVEL = 0.95


@dataclass(frozen=True, kw_only=True)
class Summary:
    """The mean of scores with its standard error.

    Attributes:
        n: the number of scores.
        mean: their mean.
        spread: their standard deviation.
        error: the standard error of the mean.
    """

    n: int
    mean: float
    spread: float
    error: float


def summarize_scores(scores: ArrayLike, test_to_train: float) -> Summary:
    """Summarize the scores of n splits that share training rows.

    Formula:
        error = sqrt((1 / n + n_test / n_train) * s^2). Splits of one table overlap, so the usual
        s^2 / n is too small; the second term corrects it. The spread of a single score is NaN.
        A score that is not finite makes every number NaN.

    References:
        Nadeau and Bengio (2003), Inference for the generalization error.

    Examples:
        >>> summary = summarize_scores([0.7, 0.8, 0.9], test_to_train=0.25)
        >>> round(summary.mean, 4), round(summary.spread, 4), round(summary.error, 4)
        (0.8, 0.1, 0.0764)
    """
    if not 0 <= test_to_train < math.inf:
        raise OptionError(
            "needed test_to_train (test rows divided by training rows) to be finite and at least 0",
            got=f"{test_to_train!r}",
            fix="pass 0.25 for 5 folds, or 0 for independent scores",
        )
    values = check_scores(scores)
    if not np.isfinite(values).all():
        mean = spread = math.nan
    elif (values == values[0]).all():
        # Rounding of the mean would make the spread 1e-17, and p-values 0.
        mean, spread = float(values[0]), 0.0
    else:
        # fsum rounds once, so the order of the scores does not matter: ties stay ties.
        mean, spread = math.fsum(values) / len(values), float(np.std(values, ddof=1))
    if len(values) < 2:
        spread = math.nan
    error = math.sqrt(1 / len(values) + test_to_train) * spread
    return Summary(n=len(values), mean=mean, spread=spread, error=error)


def check_scores(scores: ArrayLike) -> NDArray[np.float64]:
    """Return scores as a non-empty one-dimensional float array.

    Examples:
        >>> check_scores([1, 2])
        array([1., 2.])
    """
    values = np.asarray(scores, dtype=np.float64)
    if values.ndim != 1 or len(values) == 0:
        raise DataError(
            "needed the scores of one candidate as a one-dimensional array",
            got=f"an array of shape {values.shape}",
            fix="pass one score per split",
        )
    return values


def compute_two_sided_p(summary: Summary) -> float:
    """Compute the p-value of "the true mean is 0"; NaN for a single score.

    Formula:
        2 * P(T > |mean| / error), T from Student's distribution with n - 1 degrees of freedom.
        Without spread there is no t: the p-value is 1 for a mean of 0, else 2 * 2^-n, that of n
        scores of one sign, the smallest that a sign-flip test can give.

    References:
        Nadeau and Bengio (2003), Inference for the generalization error; Dixon and Mood (1946),
        The statistical sign test.

    Examples:
        >>> compute_two_sided_p(summarize_scores([0.1, 0.1, 0.1], test_to_train=0.25))
        0.25
    """
    if math.isnan(summary.error):
        return math.nan
    if summary.error == 0:
        return 1.0 if summary.mean == 0 else 2 * 0.5**summary.n
    return 2.0 * student_t_sf(abs(summary.mean) / summary.error, summary.n - 1)


@dataclass(frozen=True, kw_only=True)
class ConfidenceInterval:
    """A mean over ``n`` splits with its two-sided confidence interval."""

    mean: float
    low: float
    high: float
    n: int
    level: float


def compute_interval(
    scores: ArrayLike, test_to_train: float, level: float = CONFIDENCE_LEVEL
) -> ConfidenceInterval:
    """Compute the corrected resampled t interval of a candidate's mean score.

    Formula:
        mean +- t * sqrt((1 / J + n_test / n_train) * s^2), with t from Student's distribution
        with J - 1 degrees of freedom. For J = 1, ``low`` and ``high`` are NaN; scores without
        spread give an interval of width 0; a score that is not finite makes all three NaN.

    References:
        Nadeau and Bengio (2003), Inference for the generalization error.

    Examples:
        >>> interval = compute_interval([0.78, 0.81, 0.80, 0.83, 0.79], test_to_train=0.25)
        >>> round(interval.low, 3), round(interval.mean, 3), round(interval.high, 3)
        (0.766, 0.802, 0.838)
    """
    return build_interval(summarize_scores(scores, test_to_train), level)


def build_interval(summary: Summary, level: float) -> ConfidenceInterval:
    """Build the confidence interval of summarized scores.

    Examples:
        >>> build_interval(summarize_scores([0.5, 0.5], test_to_train=0.25), level=0.9).high
        0.5
    """
    if not 0 < level < 1:
        raise OptionError(
            "needed a confidence level between 0 and 1",
            got=f"{level!r}",
            fix=f"pass level={CONFIDENCE_LEVEL}",
        )
    t = student_t_ppf((1 + level) / 2, summary.n - 1) if summary.n > 1 else math.nan
    margin = t * summary.error
    return ConfidenceInterval(
        mean=summary.mean,
        low=summary.mean - margin,
        high=summary.mean + margin,
        n=summary.n,
        level=level,
    )
