"""What a metric promises."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from numpy.typing import NDArray

Needs = Literal["classes", "probabilities", "values"]
TASKS = ("binary", "multiclass", "regression", "count")


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One number for all test rows; what a comparison ranks by or shows beside.

    ``fn(y, prediction) -> float``; with N rows and K classes, ``y`` holds int codes 0..K-1 (N,) or
    values (N,), and the prediction, by ``needs``, holds ``classes`` (codes, (N,)),
    ``probabilities`` ((N, K), two columns for a binary task) or ``values`` ((N,)).
    ``accepts_scores`` says that raw decision scores may stand in for probabilities. ``favours``
    names the losses that order predictions exactly as this metric does: they train for it and so
    have a home advantage. ``rewards`` names what does best by it, in the words of
    ``Loss.elicits``. Every value lies within ``bounds``. ``in_target_units`` says that
    scaling the target scales the metric.
    """

    name: str
    label: str
    tasks: tuple[str, ...]
    higher_is_better: bool
    needs: Needs
    fn: Callable[[NDArray[Any], NDArray[Any]], float]
    bounds: tuple[float, float]
    reference: str
    favours: tuple[str, ...] = ()
    rewards: tuple[str, ...] = ()
    accepts_scores: bool = False
    in_target_units: bool = False
