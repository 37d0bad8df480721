"""R2: the fraction of the target's variance that is explained."""

import math
from typing import Any

from numpy.typing import NDArray

from losslab.metrics.spec import Metric


def r2(y: NDArray[Any], values: NDArray[Any]) -> float:
    """Compare the squared error with that of predicting the mean of ``y``.

    Formula:
        1 - sum((values - y)^2) / sum((mean(y) - y)^2). 0 is no better than the mean of ``y``, and
        it can be negative. A constant ``y`` gives 1 if predicted exactly and else 0, as in
        scikit-learn; a single row gives NaN.

    Shape:
        y (N,), values (N,).

    References:
        Wright (1921), Correlation and causation.

    Examples:
        >>> import numpy as np
        >>> r2(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 4.0]))
        0.5
    """
    if len(y) < 2:
        return math.nan
    error = float(((values - y) ** 2).sum())
    spread = float(((y - y.mean()) ** 2).sum())
    if spread == 0.0:
        return 1.0 if error == 0.0 else 0.0
    return 1.0 - error / spread


SPEC = Metric(
    name="r2",
    label="R2",
    tasks=("regression", "count"),
    higher_is_better=True,
    needs="values",
    fn=r2,
    bounds=(-float("inf"), 1.0),
    reference="Wright (1921), Correlation and causation",
    favours=("mse",),
    rewards=("mean", "log-mean"),
)
