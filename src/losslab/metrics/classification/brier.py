"""Brier score: squared error of the predicted probabilities."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from losslab.metrics.spec import Metric


def brier(y: NDArray[Any], probabilities: NDArray[Any]) -> float:
    """Average the squared distance between the probabilities and the true class.

    Formula:
        Two classes: mean((p[:, 1] - y)^2), from 0 to 1. More: mean over rows of the sum over
        classes of (p[row, k] - (y[row] == k))^2, from 0 to 2, as Brier defined it; by that
        formula two classes would score twice as much.

    Shape:
        y (N,): class codes 0..K-1; probabilities (N, K).

    References:
        Brier (1950), Verification of forecasts expressed in terms of probability.

    Examples:
        >>> import numpy as np
        >>> brier(np.array([1]), np.array([[0.5, 0.5]]))
        0.25
        >>> brier(np.array([1]), np.array([[0.0, 0.5, 0.5]]))
        0.5
    """
    p = np.asarray(probabilities, dtype=np.float64)
    n_classes = p.shape[1]
    if n_classes == 2:
        return float(np.mean((p[:, 1] - y) ** 2))
    one_hot = np.eye(n_classes)[y]
    return float(np.mean(np.sum((p - one_hot) ** 2, axis=1)))


SPEC = Metric(
    name="brier",
    label="Brier score",
    tasks=("binary", "multiclass"),
    higher_is_better=False,
    needs="probabilities",
    fn=brier,
    bounds=(0.0, 2.0),
    reference="Brier (1950), Verification of forecasts expressed in terms of probability",
    favours=("mse",),
)
