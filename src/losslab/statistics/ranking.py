"""Candidates in order, the best first, ties shown as ties."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from numpy.typing import ArrayLike

from losslab.core.errors import DataError
from losslab.statistics.resampling import summarise


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
