"""Lines of a ranking, made from nothing but scores."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from losslab.experiment.comparison.findings import (
    CandidateSummary,
    RateScores,
    Reference,
    Row,
    Scores,
    Training,
    Tuning,
)
from losslab.experiment.comparison.ranking import NO_DIFFERENCE
from losslab.losses.catalog import LOSSES
from losslab.metrics.catalog import METRICS
from losslab.statistics.resampling import compute_interval
from losslab.statistics.verdicts import RankingRow, compare_all

NAN = float("nan")
FIVE_FOLDS = 0.25
PARTS = ("candidate", "scores", "tuning", "training")


def rank_scores(
    scores: Mapping[str, Sequence[float]],
    metric: str = "accuracy",
    rope: float = 0.01,
    test_to_train: float = FIVE_FOLDS,
) -> tuple[Row, ...]:
    """Rank scores as a comparison does; a name may go on after a comma: ``mse, sgd``."""
    ranking = compare_all(scores, test_to_train, rope, METRICS[metric].higher_is_better)
    return tuple(_row(place, scores[place.name], test_to_train) for place in ranking.rows)


def change_rows(rows: Sequence[Row], **changes: Mapping[str, object]) -> tuple[Row, ...]:
    """Give the rows named other values: ``change_rows(rows, hinge={"wrong": "a reason"})``."""
    return tuple(change_row(row, **changes.get(row.name, {})) for row in rows)


def change_row(row: Row, **changes: object) -> Row:
    """Replace fields of a row and of its parts."""
    for name, value in changes.items():
        (part,) = [part for part in PARTS if name in vars(getattr(row, part))]
        row = replace(row, **{part: replace(getattr(row, part), **{name: value})})
    return row


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
    return Reference(
        name=name, summary=f"the {name} model", scores=summarize(scores, FIVE_FOLDS, {})
    )


def summarize(
    values: Sequence[float], test_to_train: float, metrics: Mapping[str, float]
) -> Scores:
    interval = compute_interval(values, test_to_train)
    return Scores(
        values=np.asarray(values, dtype=float),
        mean=interval.mean,
        low=interval.low,
        high=interval.high,
        metrics=metrics,
    )


def _row(place: RankingRow, scores: Sequence[float], test_to_train: float) -> Row:
    n = len(scores)
    loss = place.name.split(", ")[0]
    known = loss.split("(")[0]
    return Row(
        rank=place.rank,
        verdict=str(place.verdict),
        candidate=CandidateSummary(
            name=place.name,
            loss=loss,
            catalogue=known if known in LOSSES else None,
            head="identity",
            codec="zero_one",
            optimizer="adam",
            hidden=(8,),
            activation="relu",
            batch_size=32,
            penalty="none",
            same_as=(),
            wrong=None,
            selection="loss",
            gives_probabilities=False,
            proper=False,
        ),
        scores=summarize(scores, test_to_train, {}),
        difference=place.difference or NO_DIFFERENCE,
        p_tukey=NAN if place.p_tukey is None else place.p_tukey,
        never_settles=place.never_settles,
        tuning=Tuning(
            lr=0.003,
            lrs=(0.003,) * n,
            alpha=0.0,
            alphas=(0.0,),
            rates=rates(0.8, 0.8, splits=n),
        ),
        training=Training(
            runs=2 * n,
            diverged=0 if place.interval else 1,
            zeros=(0,),
            weights=4_480,
            train_loss=np.ones((n, 3)),
            validation=np.ones((n, 3)),
            best_epochs=(1,) * n,
        ),
    )
