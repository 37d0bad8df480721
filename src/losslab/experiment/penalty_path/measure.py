"""Measurements of trained networks, and their means over the repetitions at each alpha."""

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

# Shown besides the metric to choose by: they change before any predicted class does.
SENSITIVE_METRICS = ("log_loss", "rmse")


def find_metric(name: str | None, data: Dataset, objective: Objective) -> MetricChoice:
    """Choose the metric to compare alphas by: the one asked for, or the task's default.

    Raises:
        OptionError: if it can't be computed from the networks' predictions.
    """
    choice = (
        choose_metric(data.task, data.y)
        if name is None
        else MetricChoice(metric=METRICS[name], reason="as asked")
    )
    if not can_compute(choice.metric, objective):
        fitting = [metric.name for metric in METRICS.values() if can_compute(metric, objective)]
        raise OptionError(
            f"needed a --metric for task {data.task!r} and loss {objective.loss.name!r}",
            got=repr(choice.metric.name),
            fix=f"choose one of {', '.join(fitting)}",
        )
    return choice


def list_metrics(choice: MetricChoice, objective: Objective) -> tuple[str, ...]:
    """List the metrics to show: the one to choose by, and log loss or RMSE if they apply."""
    sensitive = [name for name in SENSITIVE_METRICS if can_compute(METRICS[name], objective)]
    return tuple(dict.fromkeys([choice.metric.name, *sensitive]))


def can_compute(metric: Metric, objective: Objective) -> bool:
    """Whether a metric can be computed from the predictions of an objective's networks."""
    if objective.task not in metric.tasks:
        return False
    if metric.needs != "probabilities" or objective.gives_probabilities:
        return True
    return metric.accepts_scores and objective.task == "binary"


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """The numbers of one run, each a part of a ``Point``; coefficients by name."""

    train: Mapping[str, float]
    test: Mapping[str, float]
    nonzero: float
    features: float
    l1: float
    l2: float
    layers: tuple[float, ...]
    coefficients: Mapping[Coefficient, float]


def measure_run(result: Result, study: PathStudy, outputs: Sequence[str]) -> Measurement | None:
    """Measure a run; None if it diverged.

    Args:
        result: with ``test_output`` for every row of the table.
        study: the rows of each repetition.
        outputs: the names of the network's outputs.
    """
    if result.diverged_at is not None or not np.isfinite(result.test_output).all():
        return None
    repetition = result.run.split
    table, codec = study.tables[repetition], result.objective.codec
    matrices = [weights.astype(np.float64) for weights, _ in result.layers]
    flat = np.concatenate([matrix.ravel() for matrix in matrices])
    train, test = (
        evaluate_outputs(
            result.objective, result.test_output[rows], table.y[rows], codec.n_classes or 0
        )
        for rows in (table.train, study.holdouts[repetition].test)
    )
    coefficients = {}
    if not result.run.hidden:
        # In the target's own units where the model predicts values.
        scaled = matrices[0] * codec.scale
        coefficients = {
            Coefficient(feature=feature, output=output): float(scaled[i, k])
            for i, feature in enumerate(study.inputs[repetition])
            for k, output in enumerate(outputs)
        }
    return Measurement(
        train=train,
        test=test,
        nonzero=float(np.count_nonzero(flat)),
        features=float(np.count_nonzero(matrices[0].any(axis=1))),
        l1=float(np.abs(flat).sum()),
        l2=_compute_norm(flat),
        layers=tuple(_compute_norm(matrix) for matrix in matrices),
        coefficients=coefficients,
    )


def _compute_norm(weights: np.ndarray) -> float:
    # NumPy's norm calls BLAS, whose order of summation depends on the processor.
    return math.sqrt(float((weights * weights).sum()))


def summarize_alpha(
    alpha: float,
    measurements: Sequence[Measurement | None],
    metrics: Sequence[str],
    coefficients: Sequence[Coefficient],
    study: PathStudy,
) -> Point:
    """Average the measurements of all repetitions at one alpha.

    Args:
        alpha: the strength of the penalty.
        measurements: one per repetition; None where it diverged.
        metrics: the names of those to show.
        coefficients: of all repetitions of a linear model; an input that a repetition lacks, a
            level that no training row has, has the coefficient 0 in it.
        study: says how much the repetitions overlap, and how many layers a network has.
    """

    def average(key: Callable[[Measurement], float]) -> Estimate:
        values = [math.nan if one is None else key(one) for one in measurements]
        return estimate(values, study.test_to_train)

    n_layers = len(study.runs[0][0].hidden) + 1
    return Point(
        alpha=alpha,
        train={name: average(key=lambda one: one.train[name]) for name in metrics},
        test={name: average(key=lambda one: one.test[name]) for name in metrics},
        nonzero=average(key=lambda one: one.nonzero),
        features=average(key=lambda one: one.features),
        l1=average(key=lambda one: one.l1),
        l2=average(key=lambda one: one.l2),
        layers=tuple(average(key=lambda one: one.layers[i]) for i in range(n_layers)),
        coefficients=tuple(
            average(key=lambda one: one.coefficients.get(name, 0.0)) for name in coefficients
        ),
        diverged=sum(one is None for one in measurements),
    )
