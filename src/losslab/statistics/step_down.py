"""Step-down tests of candidates against the best of them, the worst mean first."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from losslab.statistics.distributions import tukey_range_sf
from losslab.statistics.paired import subtract_scores
from losslab.statistics.resampling import CONFIDENCE_LEVEL, summarize_scores

_ROOT_2 = 1.4142135623730951

# The search doubles up to here; a difference that needs more splits equals its limit.
MAX_SPLITS = 2**60


@dataclass(frozen=True, kw_only=True)
class StepDownTest:
    """The test of one candidate against the best, among all with a mean at least as good.

    Attributes:
        gap: the absolute difference of its mean to the best one.
        spread: the standard deviation of a difference of two candidates over the splits: the root
            mean square over all pairs in the test, or that of this pair if it is larger.
        sphericity: the epsilon of Greenhouse and Geisser: 1 where all differences vary alike,
            1 / (count - 1) where a single candidate varies.
        count: the number of candidates in the test, this one and the best included.
        n: the number of splits.
    """

    gap: float
    spread: float
    sphericity: float
    count: int
    n: int

    def compute_p(self, test_to_train: float, n: int | None = None) -> float:
        """Compute the p-value on ``n`` splits, by default those there are."""
        n = self.n if n is None else n
        if self.spread == 0:
            pairs = self.count * (self.count - 1) // 2
            return 1.0 if self.gap == 0 else min(1.0, pairs * 2 * 0.5**n)
        error = math.sqrt(1 / n + test_to_train) * self.spread
        freedom = self.sphericity * (self.count - 1) * (n - 1)
        return tukey_range_sf(_ROOT_2 * self.gap / error, self.count, freedom)

    def compute_limit_p(self, test_to_train: float) -> float:
        """Compute the p-value that ever more splits approach."""
        error = math.sqrt(test_to_train) * self.spread
        if error == 0:
            return float(self.gap == 0)
        return tukey_range_sf(_ROOT_2 * self.gap / error, self.count, math.inf)

    def find_smallest_n(self, test_to_train: float, chance: float) -> int | None:
        """Find the smallest number of splits, at least ``self.n``, with p below ``chance``."""
        if math.isnan(self.spread) or self.compute_limit_p(test_to_train) >= chance:
            return None
        low, high = self.n - 1, self.n
        while self.compute_p(test_to_train, high) >= chance:
            if high >= MAX_SPLITS:
                return None
            low, high = high, 2 * high
        # p never rises with n, so bisection finds the first number that is enough.
        while high - low > 1:
            middle = (low + high) // 2
            if self.compute_p(test_to_train, middle) >= chance:
                low = middle
            else:
                high = middle
        return high


def prepare_tests(scores: Sequence[ArrayLike]) -> tuple[StepDownTest, ...]:
    """Prepare the tests of all candidates against the first one, the best.

    Args:
        scores: those of all candidates on the same splits, in the order of their means.

    Returns:
        One test for each candidate from the second on, in the same order.

    Examples:
        >>> [test.count for test in prepare_tests([[0.9, 0.8], [0.8, 0.8], [0.1, 0.2]])]
        [2, 3]
    """
    pairs = {
        (a, b): summarize_scores(subtract_scores(scores[a], scores[b]), 0.0)
        for a, b in combinations(range(len(scores)), 2)
    }
    variances = np.zeros((len(scores), len(scores)))
    for (a, b), difference in pairs.items():
        variances[a, b] = variances[b, a] = difference.spread**2
    tests = []
    for last in range(1, len(scores)):
        count = last + 1
        included = variances[:count, :count]
        pooled = math.fsum(included.flat) / (count * last)
        test = StepDownTest(
            gap=abs(pairs[0, last].mean),
            spread=math.sqrt(max(pooled, included[0, last])),
            sphericity=estimate_sphericity(included),
            count=count,
            n=pairs[0, last].n,
        )
        tests.append(test)
    return tuple(tests)


def estimate_sphericity(variances: NDArray[np.float64]) -> float:
    r"""Estimate how alike the differences of all pairs vary.

    Formula:
        .. math:: \hat\epsilon = \frac{(\operatorname{tr} C)^2}{(k - 1) \operatorname{tr} C^2}
            \text{ with } C = -\tfrac{1}{2} H V H, \quad H = I - 11^T / k

        for the variances V of the differences of k candidates. With few splits the estimate is too
        small, which makes the tests conservative.

    Shape:
        variances ``(k, k)``

    References:
        Box (1954); Greenhouse and Geisser (1959), On methods in the analysis of profile data.

    Examples:
        >>> round(estimate_sphericity(np.ones((4, 4)) - np.eye(4)), 6)
        1.0
    """
    k = len(variances)
    largest = variances.max(initial=0.0)
    if k == 2 or not 0.0 < largest < math.inf:
        return 1.0
    scaled = variances / largest  # so that no product overflows
    means = np.array([math.fsum(row) / k for row in scaled])
    centered = -0.5 * (scaled - means - means[:, np.newaxis] + math.fsum(means) / k)
    trace = math.fsum(centered.diagonal())
    return trace * trace / ((k - 1) * math.fsum((centered * centered).flat))


def compute_step_down_p(tests: Sequence[StepDownTest], test_to_train: float) -> NDArray[np.float64]:
    r"""Compute each candidate's p-value against the best one, corrected for choosing the best.

    Formula:
        .. math:: p_i = \max_{k \geq i} P\left(Q_k > \frac{\sqrt{2}\,(\bar x_1 - \bar x_k)}
            {s_k \sqrt{1 / J + n_{test} / n_{train}}}\right)

        for candidates ordered by their means and J splits; Q_k is the studentized range of k
        means with epsilon (k - 1) (J - 1) degrees of freedom, and s_k and epsilon are the spread
        and sphericity of ``StepDownTest``. The best of k equally good candidates exceeds the worst
        by the range of k means, which corrects for choosing it by the same scores. A candidate is
        tested only if all with a worse mean are shown worse. For two candidates this is the
        corrected resampled t test. Without any spread, the p-value of J signs is multiplied by the
        number of pairs.

    Returns:
        p-values, ``(candidates - 1,)``, rising towards the best; NaN for a single split.

    References:
        Tukey, "The problem of multiple comparisons" (1953); Ryan (1960) and Welsch (1977) for
        the steps; Nadeau and Bengio (2003) for splits that share rows.

    Examples:
        >>> scores = [[0.9, 0.8, 0.8], [0.8, 0.8, 0.7], [0.1, 0.2, 0.1]]
        >>> compute_step_down_p(prepare_tests(scores), test_to_train=0.25).round(4)
        array([0.2697, 0.0116])
    """
    return _accumulate_from_worst([test.compute_p(test_to_train) for test in tests])


def compute_limit_p(tests: Sequence[StepDownTest], test_to_train: float) -> NDArray[np.float64]:
    """Compute the limits of the p-values for ever more splits with the same means and spreads.

    The standard error never falls below sqrt(n_test / n_train) * s, since all splits are of one
    table.

    Examples:
        >>> test = StepDownTest(gap=0.02, spread=0.03, sphericity=1, count=2, n=5)
        >>> compute_limit_p([test], 0.25).round(3)
        array([0.182])
    """
    return _accumulate_from_worst([test.compute_limit_p(test_to_train) for test in tests])


def count_splits_to_settle(
    tests: Sequence[StepDownTest], test_to_train: float, level: float = CONFIDENCE_LEVEL
) -> tuple[int | None, ...]:
    """Count the splits that would show each candidate worse with the same means and spreads.

    Returns:
        For each test, the smallest number of splits, at least the present one, with a p-value
        below 1 - ``level``; None where only more rows could show a difference.

    Examples:
        >>> near = StepDownTest(gap=0.02, spread=0.02, sphericity=1, count=2, n=5)
        >>> far = StepDownTest(gap=0.1, spread=0.02, sphericity=0.8, count=3, n=5)
        >>> count_splits_to_settle([near, far], test_to_train=0.05)
        (8, 5)
    """
    counts: list[int | None] = []
    highest: int | None = 0
    for test in reversed(tests):
        if highest is not None:
            n = test.find_smallest_n(test_to_train, 1 - level)
            highest = None if n is None else max(n, highest)
        counts.append(highest)
    return tuple(reversed(counts))


def _accumulate_from_worst(p_values: Sequence[float]) -> NDArray[np.float64]:
    """Return the maximum of each value and all after it."""
    return np.maximum.accumulate(np.array(p_values, dtype=np.float64)[::-1])[::-1]
