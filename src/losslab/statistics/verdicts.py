"""The ranking of candidates, with a verdict for each against the best one."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from losslab.core.errors import DataError
from losslab.statistics.paired import Difference, compare_pair
from losslab.statistics.resampling import (
    CONFIDENCE_LEVEL,
    ConfidenceInterval,
    compute_interval,
    summarize_scores,
)
from losslab.statistics.step_down import compute_limit_p, compute_step_down_p, prepare_tests


@dataclass(frozen=True, kw_only=True)
class RankedMean:
    """The rank of a candidate by its mean score; equal means share a rank.

    Attributes:
        name: the candidate.
        rank: 1 for the best. The ranks after a shared one are skipped.
        mean: the mean over the splits; NaN for a candidate that diverged.
    """

    name: str
    rank: int
    mean: float

    @property
    def diverged(self) -> bool:
        """Whether a score is missing or not finite, so that there is no mean."""
        return math.isnan(self.mean)


def rank_by_mean(
    scores: Mapping[str, ArrayLike], higher_is_better: bool = True
) -> tuple[RankedMean, ...]:
    """Order candidates by their mean score, the best first.

    A candidate with a score that is not finite has diverged: its mean is NaN, and all such
    candidates share the last rank. Candidates of one rank keep the order of ``scores``.

    Examples:
        >>> for place in rank_by_mean({"a": [0.7, 0.8], "b": [0.9, 0.9], "c": [0.8, 0.7]}):
        ...     print(place.rank, place.name)
        1 b
        2 a
        2 c
    """
    summaries = {name: summarize_scores(values, 0.0) for name, values in scores.items()}
    if len({summary.n for summary in summaries.values()}) != 1:
        counts = ", ".join(f"{name}: {summary.n} scores" for name, summary in summaries.items())
        raise DataError(
            "needed at least one candidate, and every candidate on the same splits",
            got=counts or "no candidate",
            fix="score every candidate on every split, NaN where it diverged",
        )
    means = {name: summary.mean for name, summary in summaries.items()}
    finite = [mean for mean in means.values() if not math.isnan(mean)]

    def find_rank(mean: float) -> int:
        if math.isnan(mean):
            return len(finite) + 1
        return 1 + sum(other > mean if higher_is_better else other < mean for other in finite)

    places = [RankedMean(name=name, rank=find_rank(m), mean=m) for name, m in means.items()]
    return tuple(sorted(places, key=lambda place: place.rank))


class Verdict(StrEnum):
    """What the splits show about one candidate: the first of these that applies.

    ``BEST``      the best mean (the first in order, where several share it)
    ``DIVERGED``  a score is missing or not finite, so nothing is tested
    ``TIED``      the same score as the best on every split
    ``EQUAL``     the Bayesian test gives "practically equal" at least ``level`` probability
    ``WORSE``     the step-down p-value against the best is below 1 - ``level``
    ``OPEN``      none of these: a difference may exist, but is not shown
    """

    BEST = "best"
    DIVERGED = "diverged"
    TIED = "tied"
    EQUAL = "practically equal"
    WORSE = "worse"
    OPEN = "no difference shown"


@dataclass(frozen=True, kw_only=True)
class RankingRow:
    """One candidate of a ranking.

    Attributes:
        name: the candidate.
        rank: its rank by the mean score.
        verdict: what the splits show about it.
        interval: of its mean score; None if it diverged.
        difference: its scores minus those of the best one; None for the best and the diverged.
        p_tukey: the step-down p-value of that difference.
        never_settles: whether the verdict is ``OPEN``, and no number of splits of this table
            would make it ``WORSE`` with the same means and spreads.
    """

    name: str
    rank: int
    verdict: Verdict
    interval: ConfidenceInterval | None = None
    difference: Difference | None = None
    p_tukey: float | None = None
    never_settles: bool = False


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """All candidates, the best first.

    Attributes:
        rows: one per candidate.
        best: the name of the best; None if every candidate diverged.
        level: the confidence level.
    """

    rows: tuple[RankingRow, ...]
    best: str | None
    level: float


def compare_all(
    scores: Mapping[str, ArrayLike],
    test_to_train: float,
    rope: float,
    higher_is_better: bool = True,
    level: float = CONFIDENCE_LEVEL,
) -> Ranking:
    """Rank candidates by their paired scores and test each against the best.

    The tests are those of ``compute_step_down_p``, which correct for choosing the best one by the
    same scores. Candidates that diverged are left out of them.

    Args:
        scores: for each candidate, its scores on the same splits.
        test_to_train: test rows divided by training rows.
        rope: the region of practical equivalence.
        higher_is_better: whether larger scores are better.
        level: the confidence level.

    Examples:
        >>> scores = {"l1": [0.61, 0.6, 0.62, 0.6], "mse": [0.81, 0.8, 0.8, 0.82]}
        >>> for row in compare_all(scores, test_to_train=0.25, rope=0.01).rows:
        ...     print(row.rank, row.name, row.verdict)
        1 mse best
        2 l1 worse
    """
    places = rank_by_mean(scores, higher_is_better)
    finite = [place.name for place in places if not place.diverged]
    best = finite[0] if finite else None
    tests = prepare_tests([scores[name] for name in finite])
    p_values = dict(
        zip(finite[1:], compute_step_down_p(tests, test_to_train).tolist(), strict=True)
    )
    p_limits = dict(zip(finite[1:], compute_limit_p(tests, test_to_train).tolist(), strict=True))

    def judge(place: RankedMean) -> RankingRow:
        name, rank, values = place.name, place.rank, scores[place.name]
        if best is None or place.diverged:
            return RankingRow(name=name, rank=rank, verdict=Verdict.DIVERGED)
        interval = compute_interval(values, test_to_train, level)
        if name == best:
            return RankingRow(name=name, rank=rank, verdict=Verdict.BEST, interval=interval)
        difference = compare_pair(
            values, scores[best], test_to_train, rope, level, higher_is_better
        )
        p = p_values[name]
        tied = np.array_equal(np.asarray(values), np.asarray(scores[best]))
        verdict = Verdict.TIED if tied else _choose_verdict(difference, p, level)
        return RankingRow(
            name=name,
            rank=rank,
            verdict=verdict,
            interval=interval,
            difference=difference,
            p_tukey=p,
            never_settles=verdict is Verdict.OPEN and p_limits[name] >= 1 - level,
        )

    return Ranking(rows=tuple(map(judge, places)), best=best, level=level)


def _choose_verdict(difference: Difference, p_tukey: float, level: float) -> Verdict:
    # NaN, from a single split, compares as false and leaves the verdict open.
    if difference.p_equal >= level:
        return Verdict.EQUAL
    return Verdict.WORSE if p_tukey < 1 - level else Verdict.OPEN
