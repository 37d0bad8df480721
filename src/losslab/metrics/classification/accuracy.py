"""Accuracy: the fraction of correctly classified rows."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from losslab.metrics.spec import Metric


def accuracy(y: NDArray[Any], classes: NDArray[Any]) -> float:
    """Compute the fraction of rows whose predicted class is the true one.

    Formula:
        mean(classes == y)

    Shape:
        y (N,), classes (N,): class codes 0..K-1.

    References:
        Provost, Fawcett and Kohavi (1998), The case against accuracy estimation.

    Examples:
        >>> import numpy as np
        >>> accuracy(np.array([0, 1, 1, 0]), np.array([0, 1, 0, 0]))
        0.75
    """
    return float(np.mean(classes == y))


SPEC = Metric(
    name="accuracy",
    label="accuracy",
    tasks=("binary", "multiclass"),
    higher_is_better=True,
    needs="classes",
    fn=accuracy,
    bounds=(0.0, 1.0),
    reference="Provost, Fawcett and Kohavi (1998), The case against accuracy estimation",
)
