"""What a path is judged by: each network measured, and a mean over the repetitions per alpha."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from losslab.core.errors import OptionError
from losslab.data.dataset import Dataset
from losslab.experiment.comparison.recording import evaluate_outputs
from losslab.experiment.penalty_path.findings import Coefficient, Estimate, Point, estimate
from losslab.experiment.penalty_path.study import PathStudy
from losslab.metrics.catalog import METRICS, MetricChoice, choose_metric
from losslab.metrics.spec import Metric
from losslab.objectives.objective import Objective
from losslab.training.result import Result
from losslab.training.split_arrays import SplitArrays

# Shown beside the ranking metric: what sees a change of the model that no class shows yet.
BESIDE = ("log_loss", "rmse")


def metric_for(name: str | None, data: Dataset, objective: Objective) -> MetricChoice:
    """The metric to choose by: the one asked for, or the task's own.

    Raises:
        OptionError: if it can't be computed from what the networks predict.
    """
    choice = (
        choose_metric(data.task, data.y)
        if name is None
        else MetricChoice(metric=METRICS[name], reason="as asked")
    )
    if not computable(choice.metric, objective):
        fitting = [known.name for known in METRICS.values() if computable(known, objective)]
        raise OptionError(
            f"needed a --metric for task {data.task!r} and loss {objective.loss.name!r}",
            got=repr(choice.metric.name),
            fix=f"choose one of {', '.join(fitting)}",
        )
    return choice


def shown_metrics(choice: MetricChoice, objective: Objective) -> tuple[str, ...]:
    """The metric chosen by, and log loss or RMSE where there is one."""
    beside = [name for name in BESIDE if computable(METRICS[name], objective)]
    return tuple(dict.fromkeys([choice.metric.name, *beside]))


def computable(metric: Metric, objective: Objective) -> bool:
    """Whether a network trained for an objective predicts what a metric needs."""
    if objective.task not in metric.tasks:
        return False
    if metric.needs != "probabilities" or objective.gives_probabilities:
        return True
    return metric.accepts_scores and objective.task == "binary"


@dataclass(frozen=True, kw_only=True)
class Measures:
    """One run's numbers, each a part of a ``Point``; coefficients by what they are of."""

    train: Mapping[str, float]
    test: Mapping[str, float]
    nonzero: float
    features: float
    l1: float
    l2: float
    layers: tuple[float, ...]
    coefficients: Mapping[Coefficient, float]


def measure(
    result: Result,
    table: SplitArrays,
    test: np.ndarray,
    inputs: Sequence[str],
    outputs: Sequence[str],
) -> Measures:
    """Measure a run that did not diverge.

    Args:
        result: with ``test_output`` for every row of the table.
        table: the rows it was trained on, all in ``table.test`` so that all have an output.
        test: the rows that were held out.
        inputs: the names of the network's inputs.
        outputs: the names of its outputs.
    """
    matrices = [weights.astype(np.float64) for weights, _ in result.layers]
    flat = np.concatenate([matrix.ravel() for matrix in matrices])
    parts = [
        evaluate_outputs(
            result.objective, result.test_output[rows], table.y[rows], _classes(result)
        )
        for rows in (table.train, test)
    ]
    return Measures(
        train=parts[0],
        test=parts[1],
        nonzero=float(np.count_nonzero(flat)),
        features=float(np.count_nonzero(matrices[0].any(axis=1))),
        l1=float(np.abs(flat).sum()),
        l2=_length(flat),
        layers=tuple(_length(matrix) for matrix in matrices),
        coefficients=_coefficients(result, matrices[0], inputs, outputs),
    )


def _length(weights: np.ndarray) -> float:
    # NumPy's norm is a product of BLAS, whose order of summing depends on the processor.
    return math.sqrt(float((weights * weights).sum()))


def _classes(result: Result) -> int:
    return result.objective.codec.n_classes or 0


def _coefficients(
    result: Result, weights: np.ndarray, inputs: Sequence[str], outputs: Sequence[str]
) -> dict[Coefficient, float]:
    """A linear model's weights, where it predicts values in the target's own units."""
    if result.run.hidden:
        return {}
    scaled = weights * result.objective.codec.scale
    return {
        Coefficient(feature=feature, output=output): float(scaled[i, k])
        for i, feature in enumerate(inputs)
        for k, output in enumerate(outputs)
    }


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
