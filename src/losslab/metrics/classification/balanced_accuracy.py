"""Balanced accuracy: the mean of the recalls of all classes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from losslab.metrics.spec import Metric


def balanced_accuracy(y: NDArray[Any], classes: NDArray[Any]) -> float:
    """Average the recall over the classes.

    Formula:
        mean over k of mean(classes == k on the rows with y == k). Classes without a row in ``y``
        are left out; guessing one class for every row gives 1 / (number of classes in ``y``).

    Shape:
        y (N,), classes (N,): class codes 0..K-1.

    References:
        Brodersen, Ong, Stephan and Buhmann (2010), The balanced accuracy and its posterior
        distribution.

    Examples:
        >>> import numpy as np
        >>> balanced_accuracy(np.array([0, 0, 0, 1]), np.array([0, 0, 0, 0]))
        0.5
    """
    rows = np.bincount(y)
    right = np.bincount(y[classes == y], minlength=len(rows))
    return float(np.mean(right[rows > 0] / rows[rows > 0]))


SPEC = Metric(
    name="balanced_accuracy",
    label="balanced accuracy",
    tasks=("binary", "multiclass"),
    higher_is_better=True,
    needs="classes",
    fn=balanced_accuracy,
    bounds=(0.0, 1.0),
    reference="Brodersen, Ong, Stephan and Buhmann (2010), "
    "The balanced accuracy and its posterior distribution",
)
