"""Log loss: the negative log-likelihood of the true classes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from losslab.elementary.array import log
from losslab.metrics.spec import Metric


def log_loss(y: NDArray[Any], probabilities: NDArray[Any]) -> float:
    """Average the negative log probability of the true class, in nats.

    Formula:
        -mean(log p[row, y[row]]). Each row is first divided by its sum, since float32 rows miss
        1 by rounding; then p is clipped to [2.2e-16, 1 - 2.2e-16] (the epsilon of float64), so
        that one sure mistake costs 36 nats and not infinity.

    Shape:
        y (N,): class codes 0..K-1, not every class needs a row; probabilities (N, K).

    References:
        Good (1952), Rational decisions.

    Examples:
        >>> import numpy as np
        >>> round(log_loss(np.array([0, 1]), np.array([[0.5, 0.5], [0.75, 0.25]])), 4)
        1.0397
    """
    p = np.asarray(probabilities, dtype=np.float64)
    p = p / p.sum(axis=1, keepdims=True)
    epsilon = np.finfo(np.float64).eps
    return float(-np.mean(log(np.clip(p[np.arange(len(y)), y], epsilon, 1 - epsilon))))


SPEC = Metric(
    name="log_loss",
    label="log loss",
    tasks=("binary", "multiclass"),
    higher_is_better=False,
    needs="probabilities",
    fn=log_loss,
    bounds=(0.0, float("inf")),
    reference="Good (1952), Rational decisions",
    favours=("bce_with_logits", "cross_entropy"),
)
