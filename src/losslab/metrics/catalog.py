"""The catalogue of metrics, and the defaults of a comparison: its metric and its rope."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from losslab.core.registry import Registry
from losslab.core.tasks import NUMBER_TASKS
from losslab.metrics.classification import ACCURACY, AUC, BALANCED_ACCURACY, BRIER, ECE, LOG_LOSS
from losslab.metrics.regression import MAE, R2, RMSE
from losslab.metrics.spec import Metric, check_target

METRICS = Registry(
    "metric", [ACCURACY, BALANCED_ACCURACY, LOG_LOSS, BRIER, ECE, AUC, RMSE, MAE, R2]
)


# Above this share of one class, accuracy mostly measures the frequency of that class.
MAJORITY_LIMIT = 0.70


@dataclass(frozen=True, kw_only=True)
class MetricChoice:
    """A metric, and the reason for choosing it, as a clause."""

    metric: Metric
    reason: str


def choose_metric(task: str, y: ArrayLike) -> MetricChoice:
    """Choose the metric to rank candidates by.

    Examples:
        >>> choice = choose_metric("binary", [0, 0, 0, 0, 1])
        >>> choice.metric.name, choice.reason
        ('balanced_accuracy', 'the majority class holds 80.0 % of the rows, more than 70 %')
    """
    target = check_target(task, y)
    if task in NUMBER_TASKS:
        return MetricChoice(metric=METRICS["rmse"], reason="the errors are in the target's units")
    _, counts = np.unique(target, return_counts=True)
    share = counts.max() / len(target)
    if share > MAJORITY_LIMIT:
        return MetricChoice(
            metric=METRICS["balanced_accuracy"],
            reason=f"the majority class holds {100 * share:.1f} % of the rows, more than 70 %",
        )
    return MetricChoice(
        metric=METRICS["accuracy"],
        reason=f"the largest class holds {100 * share:.1f} % of the rows, at most 70 %",
    )


def choose_rope(metric: Metric, y: ArrayLike) -> float:
    """Choose the default region of practical equivalence: smaller differences do not matter.

    One hundredth: one point of accuracy, 0.01 of log loss or R2; for a metric in the target's
    units, 1 % of the target's standard deviation.

    Examples:
        >>> choose_rope(METRICS["accuracy"], [0, 1]), choose_rope(METRICS["rmse"], [0.0, 20.0])
        (0.01, 0.1)
    """
    if not metric.in_target_units:
        return 0.01
    return 0.01 * float(np.std(np.asarray(y, dtype=np.float64)))
