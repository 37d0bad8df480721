"""Runs gathered by alpha: a mean over the repetitions for every number."""

import math
from collections.abc import Callable, Mapping, Sequence

from losslab.experiment.path.estimate import Estimate, estimate
from losslab.experiment.path.findings import Coefficient, Point
from losslab.experiment.path.measure import Measures
from losslab.experiment.path.study import PathStudy

Number = Callable[[Measures], float]


def point_at(
    alpha: float,
    found: Sequence[Measures | None],
    metrics: Sequence[str],
    coefficients: Sequence[Coefficient],
    study: PathStudy,
) -> Point:
    """Summarise one alpha.

    Args:
        alpha: the strength of the penalty.
        found: what each repetition showed; None where it diverged.
        metrics: the names of those to show.
        coefficients: of a linear model, those of all repetitions; an input that a repetition did
            not have, a level that no training row showed, has the coefficient 0 in it.
        study: says how much the repetitions overlap.
    """

    def mean(value: Number) -> Estimate:
        values = [math.nan if one is None else value(one) for one in found]
        return estimate(values, study.test_to_train)

    return Point(
        alpha=alpha,
        train={name: mean(_on_training(name)) for name in metrics},
        test={name: mean(_held_out(name)) for name in metrics},
        nonzero=mean(lambda one: one.nonzero),
        features=mean(lambda one: one.features),
        l1=mean(lambda one: one.l1),
        l2=mean(lambda one: one.l2),
        layers=tuple(mean(_layer(at)) for at in range(len(study.runs[0][0].hidden) + 1)),
        coefficients=tuple(mean(_coefficient(which)) for which in coefficients),
        diverged=sum(one is None for one in found),
    )


def _on_training(metric: str) -> Number:
    return lambda one: one.train[metric]


def _held_out(metric: str) -> Number:
    return lambda one: one.test[metric]


def _layer(at: int) -> Number:
    return lambda one: one.layers[at]


def _coefficient(which: Coefficient) -> Number:
    return lambda one: one.coefficients.get(which, 0.0)


def points_of(
    measures: Mapping[tuple[int, float], Measures | None],
    metrics: Sequence[str],
    coefficients: Sequence[Coefficient],
    study: PathStudy,
) -> tuple[Point, ...]:
    """Summarise every alpha; ``measures`` are by repetition and alpha."""
    return tuple(
        point_at(
            run.alpha,
            [measures[at, run.alpha] for at in range(len(study.runs))],
            metrics,
            coefficients,
            study,
        )
        for run in study.runs[0]
    )
