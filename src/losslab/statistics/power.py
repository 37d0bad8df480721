"""Would more splits settle a difference, and how many?"""

import math

from numpy.typing import ArrayLike

from losslab.core.errors import DataError, OptionError
from losslab.statistics.resampling import Summary, one_sign, summarise
from losslab.statistics.student import normal_tail, student_tail

# Doubling stops here; a difference that needs more splits is at the limit itself.
MOST_SPLITS = 2**60


def splits_to_settle(
    difference_scores: ArrayLike, test_to_train: float, level: float = 0.95, comparisons: int = 1
) -> int | None:
    """Count the splits that would make the mean difference significant, or give None.

    Formula
        The smallest J >= 2 with |mean| > t * sqrt((1 / J + n_test / n_train) * s^2), if mean and
        spread s stayed as they are; t is two-sided at ``level`` and shared among ``comparisons``
        tests (Bonferroni, the strictest step of Holm). The error never falls below
        sqrt(n_test / n_train) * s, so for a small difference no number of splits is enough:
        None. Only more rows could tell. The answer can lie below the number of splits given.
        Equal nonzero differences have no spread; their J signs suffice where 2 * 2^-J is below
        the level.
    Example
        >>> differences = [0.02, 0.01, 0.04, -0.01, 0.03]
        >>> splits_to_settle(differences, test_to_train=0.05)
        9
        >>> splits_to_settle(differences, test_to_train=0.25) is None
        True
    """
    if comparisons < 1:
        raise OptionError(
            "needed at least one comparison", got=f"{comparisons!r}", fix="pass comparisons=1"
        )
    summary = _with_spread(difference_scores, test_to_train)
    shared_level = 1 - (1 - level) / comparisons
    most = 2
    while not _significant(summary, most, test_to_train, shared_level):
        if most >= MOST_SPLITS:
            return None
        most *= 2
    # More splits never hurt, so the first number that is enough is found by halving.
    least = most // 2
    while most - least > 1:
        middle = (least + most) // 2
        if _significant(summary, middle, test_to_train, shared_level):
            most = middle
        else:
            least = middle
    return most


def limit_p(difference_scores: ArrayLike, test_to_train: float) -> float:
    """Give the p-value that ever more splits approach, if mean and spread stayed.

    Formula
        2 * Phi(-|mean| / (sqrt(n_test / n_train) * s)); no number of splits gives a smaller one.
        NaN for a single score, which shows no spread.
    Example
        >>> round(limit_p([0.02, 0.01, 0.04, -0.01, 0.03], test_to_train=0.25), 3)
        0.061
    """
    summary = summarise(difference_scores, test_to_train)
    if math.isnan(summary.spread):
        return math.nan
    floor = math.sqrt(test_to_train) * summary.spread
    if floor == 0:
        return float(summary.mean == 0)
    return 2.0 * normal_tail(abs(summary.mean) / floor)


def _significant(summary: Summary, n: int, test_to_train: float, level: float) -> bool:
    error = math.sqrt(1 / n + test_to_train) * summary.spread
    if error == 0:
        return summary.mean != 0 and 2 * one_sign(n) < 1 - level
    return 2.0 * student_tail(abs(summary.mean) / error, n - 1) < 1 - level


def _with_spread(difference_scores: ArrayLike, test_to_train: float) -> Summary:
    summary = summarise(difference_scores, test_to_train)
    if math.isnan(summary.spread):
        raise DataError(
            "needed finite differences on at least two splits to know their spread",
            got=f"{summary.n} with mean {summary.mean:g}",
            fix="use at least --splits 2 and leave out diverged candidates",
        )
    return summary
