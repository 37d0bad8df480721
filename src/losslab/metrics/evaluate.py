"""Evaluation of predictions by all metrics of a task."""

import math

import numpy as np
from numpy.typing import ArrayLike

from losslab.metrics.catalog import METRICS
from losslab.metrics.spec import check_predictions, check_target


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
    """Compute every metric of the task that the predictions allow.

    Metrics without their input are left out. They are NaN if it is not finite.

    Args:
        task: ``binary``, ``multiclass``, ``regression`` or ``count``.
        y: class codes 0..K-1 or values, ``(N,)``.
        classes: predicted class codes, ``(N,)``.
        probabilities: predicted probabilities, ``(N, K)``.
        values: predicted values, ``(N,)``.
        scores: decision scores, ``(N, K)`` or, for a binary task, ``(N,)``; they replace
            missing probabilities in metrics of their order.
        n_classes: the number of classes, if there are no columns to infer it from.

    Examples:
        >>> evaluate("binary", [0, 1, 1], classes=[0, 1, 0], scores=[-2.0, 1.5, -0.5])
        {'accuracy': 0.6666666666666666, 'balanced_accuracy': 0.75, 'auc': 1.0}
    """
    target = check_target(task, y)
    inputs = check_predictions(
        task,
        target,
        {"classes": classes, "probabilities": probabilities, "values": values, "scores": scores},
        n_classes,
    )
    results = {}
    for metric in METRICS.values():
        replaced = metric.accepts_scores and metric.needs not in inputs
        prediction = inputs.get("scores" if replaced else metric.needs)
        if task in metric.tasks and prediction is not None:
            finite = np.isfinite(prediction).all()
            results[metric.name] = metric.fn(target, prediction) if finite else math.nan
    return results
