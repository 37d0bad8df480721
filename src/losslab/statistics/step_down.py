"""Every candidate against the best of them, the farthest first."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from losslab.statistics.distributions import range_tail
from losslab.statistics.paired import score_differences
from losslab.statistics.resampling import CONFIDENCE_LEVEL, one_sign, summarise

_ROOT_2 = 1.4142135623730951

# Doubling stops here; a difference that needs more splits is at the limit itself.
MOST_SPLITS = 2**60


@dataclass(frozen=True, kw_only=True)
class Step:
    """The test of one candidate against the best, with all that lie farther behind left out.

    Args:
        gap: how far its mean lies behind the best one, at least 0.
        spread: of a difference of two candidates from split to split: the root mean square over
            all pairs of the candidates left, or that of this pair where it is larger.
        sphericity: the epsilon of Greenhouse and Geisser for the candidates left: 1 where all
            differences vary alike, 1 / (among - 1) where one candidate makes them vary.
        among: how many candidates are left, the best and this one included.
        n: the number of splits.
    """

    gap: float
    spread: float
    sphericity: float
    among: int
    n: int

    def freedom(self, n: int) -> float:
        """Degrees of freedom of the spread on so many splits."""
        return self.sphericity * (self.among - 1) * (n - 1)


def steps_from_best(scores: Sequence[ArrayLike]) -> tuple[Step, ...]:
    """Prepare the tests against the first of the scores given, the best.

    ``scores`` are those of all candidates on the same splits, in the order of their means; the
    steps come in the same order, from the second candidate on.

    Examples:
        >>> [step.among for step in steps_from_best([[0.9, 0.8], [0.8, 0.8], [0.1, 0.2]])]
        [2, 3]
    """
    squares = np.zeros((len(scores), len(scores)))
    for a, b in combinations(range(len(scores)), 2):
        between = summarise(score_differences(scores[a], scores[b]), 0.0)
        squares[a, b] = squares[b, a] = between.spread**2
    steps = []
    for last in range(1, len(scores)):
        among = last + 1
        left = squares[:among, :among]
        behind = summarise(score_differences(scores[0], scores[last]), 0.0)
        pooled = math.fsum(left.flat) / (among * last)
        steps.append(
            Step(
                gap=abs(behind.mean),
                spread=math.sqrt(max(pooled, left[0, last])),
                sphericity=sphericity(left),
                among=among,
                n=behind.n,
            )
        )
    return tuple(steps)


def sphericity(squares: NDArray[np.float64]) -> float:
    r"""Estimate how alike the differences of all pairs vary.

    Formula:
        .. math:: \hat\epsilon = \frac{(\operatorname{tr} C)^2}{(k - 1) \operatorname{tr} C^2}
            \text{ with } C = -\tfrac{1}{2} H V H, \quad H = I - 11^T / k

        for the variances V of the differences of k candidates. Few splits make it smaller than
        the truth, which makes tests more careful.

    Shape:
        squares ``(k, k)``

    References:
        Box (1954); Greenhouse and Geisser (1959), On methods in the analysis of profile data.

    Examples:
        >>> round(sphericity(np.ones((4, 4)) - np.eye(4)), 6)
        1.0
    """
    k = len(squares)
    largest = squares.max(initial=0.0)
    if k == 2 or not 0.0 < largest < math.inf:
        return 1.0
    scaled = squares / largest  # so that no product leaves the range of numbers
    means = np.array([math.fsum(row) / k for row in scaled])
    centred = -0.5 * (scaled - means - means[:, np.newaxis] + math.fsum(means) / k)
    trace = math.fsum(centred.diagonal())
    return trace * trace / ((k - 1) * math.fsum((centred * centred).flat))


def step_down(steps: Sequence[Step], test_to_train: float) -> NDArray[np.float64]:
    r"""Give each candidate's p-value against the best one, corrected for choosing the best.

    Formula:
        .. math:: p_i = \max_{k \geq i} P\left(Q_k > \frac{\sqrt{2}\,(\bar x_1 - \bar x_k)}
            {s_k \sqrt{1 / J + n_{test} / n_{train}}}\right)

        for candidates ordered by their means and J splits; Q_k is the studentized range of k
        means with epsilon (k - 1) (J - 1) degrees of freedom, and s_k and epsilon are the
        spread and sphericity of ``Step``. The best of k equally good candidates lies as far above
        the worst as the range of k means does, so choosing it after looking is paid for. A
        candidate is tested only once all that lie farther behind are shown worse. For two
        candidates it is the corrected resampled t test. Without any spread, the p-value of J
        signs is multiplied by the number of pairs.

    Returns:
        p-values, ``(candidates - 1,)``, rising towards the best; NaN for a single split.

    References:
        Tukey, "The problem of multiple comparisons" (1953); Ryan (1960) and Welsch (1977) for
        the steps; Nadeau and Bengio (2003) for splits that share rows.

    Examples:
        >>> scores = [[0.9, 0.8, 0.8], [0.8, 0.8, 0.7], [0.1, 0.2, 0.1]]
        >>> step_down(steps_from_best(scores), test_to_train=0.25).round(4)
        array([0.2697, 0.0116])
    """
    tails = [_tail(step, step.n, test_to_train) for step in steps]
    return _from_the_farthest(tails)


def limits(steps: Sequence[Step], test_to_train: float) -> NDArray[np.float64]:
    """Give the p-values that ever more splits approach, if means and spreads stayed.

    The error never falls below sqrt(n_test / n_train) * s, since the splits are of one table.

    Examples:
        >>> limits([Step(gap=0.02, spread=0.03, sphericity=1, among=2, n=5)], 0.25).round(3)
        array([0.182])
    """
    return _from_the_farthest([_limit(step, test_to_train) for step in steps])


def splits_to_settle(
    steps: Sequence[Step], test_to_train: float, level: float = CONFIDENCE_LEVEL
) -> tuple[int | None, ...]:
    """Count the splits that would show each candidate worse, if means and spreads stayed.

    Returns:
        The smallest number, at least that of today, with which p falls below 1 - ``level``, for
        each step; None where no number does: only more rows could tell.

    Examples:
        >>> near = Step(gap=0.02, spread=0.02, sphericity=1, among=2, n=5)
        >>> far = Step(gap=0.1, spread=0.02, sphericity=0.8, among=3, n=5)
        >>> splits_to_settle([near, far], test_to_train=0.05)
        (8, 5)
    """
    needed: list[int | None] = []
    most: int | None = 0
    for step in reversed(steps):
        own = None if most is None else _smallest(step, test_to_train, 1 - level)
        most = None if own is None or most is None else max(own, most)
        needed.append(most)
    return tuple(reversed(needed))


def _from_the_farthest(values: Sequence[float]) -> NDArray[np.float64]:
    """The largest of each value and those after it."""
    return np.maximum.accumulate(np.array(values, dtype=np.float64)[::-1])[::-1]


def _tail(step: Step, n: int, test_to_train: float) -> float:
    if step.spread == 0:
        pairs = step.among * (step.among - 1) // 2
        return 1.0 if step.gap == 0 else min(1.0, pairs * 2 * one_sign(n))
    error = math.sqrt(1 / n + test_to_train) * step.spread
    return range_tail(_ROOT_2 * step.gap / error, step.among, step.freedom(n))


def _limit(step: Step, test_to_train: float) -> float:
    floor = math.sqrt(test_to_train) * step.spread
    if floor == 0:
        return float(step.gap == 0)
    return range_tail(_ROOT_2 * step.gap / floor, step.among, math.inf)


def _smallest(step: Step, test_to_train: float, chance: float) -> int | None:
    """The smallest number of splits, at least those of today, that shows the gap."""
    if math.isnan(step.spread) or _limit(step, test_to_train) >= chance:
        return None
    least, most = step.n - 1, step.n
    while _tail(step, most, test_to_train) >= chance:
        if most >= MOST_SPLITS:
            return None
        least, most = most, 2 * most
    # More splits never hurt, so the first number that is enough is found by halving.
    while most - least > 1:
        middle = (least + most) // 2
        if _tail(step, middle, test_to_train) >= chance:
            least = middle
        else:
            most = middle
    return most
