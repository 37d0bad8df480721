"""Candidates in order, each against the best one, with a verdict for each."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from losslab.core.errors import DataError
from losslab.statistics.paired import Difference, paired_difference
from losslab.statistics.resampling import (
    CONFIDENCE_LEVEL,
    ConfidenceInterval,
    corrected_interval,
    summarise,
)
from losslab.statistics.step_down import limits, step_down, steps_from_best


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where one candidate stands; equal means share a rank, and the next rank is skipped."""

    name: str
    rank: int
    mean: float

    @property
    def diverged(self) -> bool:
        """Whether a score is missing or not finite, so that there is no mean."""
        return math.isnan(self.mean)


def rank(scores: Mapping[str, ArrayLike], higher_is_better: bool = True) -> tuple[Place, ...]:
    """Order candidates by their mean score, the best first.

    A candidate with a score that is not finite on any split has diverged: its mean is NaN, and
    all such candidates share the last rank. Candidates of one rank keep the order given.

    Examples:
        >>> for place in rank({"a": [0.7, 0.8], "b": [0.9, 0.9], "c": [0.8, 0.7]}):
        ...     print(place.rank, place.name)
        1 b
        2 a
        2 c
    """
    means = {name: summarise(values, 0.0).mean for name, values in _on_same_splits(scores).items()}
    sound = [mean for mean in means.values() if not math.isnan(mean)]
    places = [
        Place(name=name, rank=_rank(mean, sound, higher_is_better), mean=mean)
        for name, mean in means.items()
    ]
    return tuple(sorted(places, key=lambda place: place.rank))


def _rank(mean: float, sound: list[float], higher_is_better: bool) -> int:
    if math.isnan(mean):
        return len(sound) + 1
    return 1 + sum(other > mean if higher_is_better else other < mean for other in sound)


def _on_same_splits(scores: Mapping[str, ArrayLike]) -> Mapping[str, ArrayLike]:
    counts = {name: summarise(values, 0.0).n for name, values in scores.items()}
    if len(set(counts.values())) != 1:
        raise DataError(
            "needed at least one candidate, and every candidate on the same splits",
            got=", ".join(f"{name}: {n} scores" for name, n in counts.items()) or "no candidate",
            fix="score every candidate on every split, NaN where it diverged",
        )
    return scores


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
    interval: ConfidenceInterval | None
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
    level: float = CONFIDENCE_LEVEL,
) -> Standings:
    """Rank candidates by their paired scores and test each against the best.

    The tests are those of ``step_down``, which allow for the best one being chosen by the same
    scores; who diverged takes no part. One candidate alone is the best, untested.

    Examples:
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


def _untested(place: Place, interval: ConfidenceInterval | None, verdict: Verdict) -> Standing:
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
