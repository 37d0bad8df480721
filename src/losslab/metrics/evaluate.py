"""All metrics of a task at once, on predictions that were checked first."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from losslab.metrics.catalog import METRICS
from losslab.metrics.spec import Metric, checked, target_of


# Each keyword is one way to predict; which of them a candidate has depends on its loss.
def evaluate(  # noqa: PLR0913
    task: str,
    y: ArrayLike,
    *,
    classes: ArrayLike | None = None,
    probabilities: ArrayLike | None = None,
    values: ArrayLike | None = None,
    scores: ArrayLike | None = None,
    n_classes: int | None = None,
) -> dict[str, float]:
    """Compute every metric of the task that the given predictions allow.

    A metric whose input is missing is left out: without probabilities there is no log loss.
    ``scores`` (decision scores, (N,) for a binary task) stand in for probabilities where only the
    order counts. A prediction that is not finite makes the metrics that need it NaN.

    Examples:
        >>> evaluate("binary", [0, 1, 1], classes=[0, 1, 0], scores=[-2.0, 1.5, -0.5])
        {'accuracy': 0.6666666666666666, 'balanced_accuracy': 0.75, 'auc': 1.0}
    """
    target = target_of(task, y)
    given = {"classes": classes, "probabilities": probabilities, "values": values, "scores": scores}
    inputs = checked(task, target, given, n_classes)
    return {
        metric.name: _value(metric, target, inputs[_source(metric, inputs)])
        for metric in METRICS.values()
        if task in metric.tasks and _source(metric, inputs) in inputs
    }


def _source(metric: Metric, inputs: Mapping[str, NDArray[Any]]) -> str:
    stand_in = metric.accepts_scores and metric.needs not in inputs
    return "scores" if stand_in else metric.needs


def _value(metric: Metric, y: NDArray[Any], prediction: NDArray[Any]) -> float:
    return metric.fn(y, prediction) if np.isfinite(prediction).all() else math.nan
