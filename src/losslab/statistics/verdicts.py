"""Every candidate against the best one, and a verdict in words for each."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from losslab.statistics.intervals import Interval, corrected_interval
from losslab.statistics.paired import Difference, paired_difference
from losslab.statistics.ranking import Place, rank
from losslab.statistics.step_down import limits, step_down, steps_from_best


class Verdict(StrEnum):
    """What the splits say about one candidate; the first that holds, from the top.

    ``BEST``      the best mean (the first given, where several share it)
    ``DIVERGED``  a score is missing or not finite, so nothing is tested
    ``TIED``      the same score as the best on every split
    ``EQUAL``     the Bayesian test gives "practically equal" at least ``level`` probability
    ``WORSE``     Tukey's p against the best, step by step, is below 1 - ``level``
    ``OPEN``      none of these: a difference may exist, but is not shown
    """

    BEST = "best"
    DIVERGED = "diverged"
    TIED = "tied"
    EQUAL = "practically equal"
    WORSE = "worse"
    OPEN = "no difference shown"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One candidate's row.

    ``difference`` is this candidate minus the best one and ``p_tukey`` its p-value by
    ``step_down``; the best and the diverged have neither. ``never_settles`` says of an ``OPEN`` row
    that no number of splits of this table would make it ``WORSE``, if means and spreads stayed.
    """

    name: str
    rank: int
    interval: Interval | None
    difference: Difference | None
    p_tukey: float | None
    verdict: Verdict
    never_settles: bool


@dataclass(frozen=True, kw_only=True)
class Standings:
    """All rows, best first; ``best`` is None where every candidate diverged."""

    rows: tuple[Standing, ...]
    best: str | None
    level: float

    @property
    def not_shown_worse(self) -> tuple[str, ...]:
        """Names of the candidates that a recommendation may choose from, best first."""
        out = (Verdict.WORSE, Verdict.DIVERGED)
        return tuple(row.name for row in self.rows if row.verdict not in out)


def compare_all(
    scores: Mapping[str, ArrayLike],
    test_to_train: float,
    rope: float,
    higher_is_better: bool = True,
    level: float = 0.95,
) -> Standings:
    """Rank candidates by their paired scores and test each against the best.

    The tests are those of ``step_down``, which allow for the best one being chosen by the same
    scores; who diverged takes no part. One candidate alone is the best, untested.

    >>> scores = {"l1": [0.61, 0.6, 0.62, 0.6], "mse": [0.81, 0.8, 0.8, 0.82]}
    >>> for row in compare_all(scores, test_to_train=0.25, rope=0.01).rows:
    ...     print(row.rank, row.name, row.verdict)
    1 mse best
    2 l1 worse
    """
    places = rank(scores, higher_is_better)
    sound = [place.name for place in places if not place.diverged]
    best = sound[0] if sound else None
    steps = steps_from_best([scores[name] for name in sound])
    p_values = dict(zip(sound[1:], step_down(steps, test_to_train).tolist(), strict=True))
    limit_of = dict(zip(sound[1:], limits(steps, test_to_train).tolist(), strict=True))

    def standing(place: Place) -> Standing:
        values = scores[place.name]
        if place.diverged:
            return _untested(place, None, Verdict.DIVERGED)
        interval = corrected_interval(values, test_to_train, level)
        if best is None or place.name == best:
            return _untested(place, interval, Verdict.BEST)
        difference = paired_difference(
            values, scores[best], test_to_train, rope, level, higher_is_better
        )
        p = p_values[place.name]
        tied = np.array_equal(np.asarray(values), np.asarray(scores[best]))
        verdict = Verdict.TIED if tied else _verdict(difference, p, level)
        return Standing(
            name=place.name,
            rank=place.rank,
            interval=interval,
            difference=difference,
            p_tukey=p,
            verdict=verdict,
            never_settles=verdict is Verdict.OPEN and limit_of[place.name] >= 1 - level,
        )

    return Standings(rows=tuple(map(standing, places)), best=best, level=level)


def _untested(place: Place, interval: Interval | None, verdict: Verdict) -> Standing:
    return Standing(
        name=place.name,
        rank=place.rank,
        interval=interval,
        difference=None,
        p_tukey=None,
        verdict=verdict,
        never_settles=False,
    )


def _verdict(difference: Difference, p_tukey: float, level: float) -> Verdict:
    # Comparisons with NaN (a single split) are false, which leaves the row open.
    if difference.p_equal >= level:
        return Verdict.EQUAL
    return Verdict.WORSE if p_tukey < 1 - level else Verdict.OPEN
