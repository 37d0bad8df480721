"""Lines of a ranking, made from nothing but scores."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from losslab.experiment.comparison.findings import RateScores, Reference, Row
from losslab.losses.catalog import LOSSES
from losslab.metrics.catalog import METRICS
from losslab.statistics.resampling import corrected_interval
from losslab.statistics.verdicts import Standing, compare_all

NAN = float("nan")
FIVE_FOLDS = 0.25


def ranked(
    scores: Mapping[str, Sequence[float]],
    metric: str = "accuracy",
    rope: float = 0.01,
    test_to_train: float = FIVE_FOLDS,
) -> tuple[Row, ...]:
    """Rank scores as a comparison does; a name may go on after a comma: ``mse, sgd``."""
    standings = compare_all(scores, test_to_train, rope, METRICS[metric].higher_is_better)
    return tuple(_row(standing, scores[standing.name]) for standing in standings.rows)


def changed(rows: Sequence[Row], **changes: Mapping[str, object]) -> tuple[Row, ...]:
    """Give the rows named other values: ``changed(rows, hinge={"wrong": "a reason"})``."""
    return tuple(replace(row, **changes.get(row.name, {})) for row in rows)


def rates(*means: float, splits: int = 10, diverged: int = 0) -> tuple[RateScores, ...]:
    """Learning rates with these mean scores; the last one diverged on some splits."""
    found = [
        RateScores(
            lr=0.001 * 3**place,
            selection=np.full(splits, 0.5),
            scores=np.full(splits, mean),
            chosen=0,
            diverged=0,
        )
        for place, mean in enumerate(means)
    ]
    return (*found[:-1], replace(found[-1], diverged=diverged))


def reference(name: str, scores: Sequence[float]) -> Reference:
    interval = corrected_interval(scores, FIVE_FOLDS)
    return Reference(
        name=name,
        summary=f"the {name} model",
        scores=np.asarray(scores),
        mean=interval.mean,
        ci_low=interval.low,
        ci_high=interval.high,
        metrics={},
    )


def _row(standing: Standing, scores: Sequence[float]) -> Row:
    n = len(scores)
    interval = standing.interval
    difference = standing.difference
    loss = standing.name.split(", ")[0].split("(")[0]
    return Row(
        name=standing.name,
        rank=standing.rank,
        loss=standing.name.split(", ")[0],
        catalogue=loss if loss in LOSSES else None,
        head="identity",
        codec="zero_one",
        optimizer="adam",
        hidden=(8,),
        activation="relu",
        batch_size=32,
        same_as=(),
        wrong=None,
        lr=0.003,
        lrs=(0.003,) * n,
        penalty="none",
        alpha=0.0,
        alphas=(0.0,),
        zeros=(0,),
        weights=4_480,
        scores=np.asarray(scores, dtype=float),
        mean=interval.mean if interval else NAN,
        ci_low=interval.low if interval else NAN,
        ci_high=interval.high if interval else NAN,
        n=n,
        diverged=0 if interval else 1,
        runs=2 * n,
        delta=difference.delta if difference else NAN,
        delta_low=difference.low if difference else NAN,
        delta_high=difference.high if difference else NAN,
        p_tukey=NAN if standing.p_tukey is None else standing.p_tukey,
        p_better=difference.p_better if difference else NAN,
        p_equal=difference.p_equal if difference else NAN,
        p_worse=difference.p_worse if difference else NAN,
        verdict=str(standing.verdict),
        never_settles=standing.never_settles,
        metrics={},
        rates=rates(0.8, 0.8, splits=n),
        train_loss=np.ones((n, 3)),
        validation=np.ones((n, 3)),
        selection="loss",
        best_epochs=(1,) * n,
        gives_probabilities=False,
        proper=False,
    )
