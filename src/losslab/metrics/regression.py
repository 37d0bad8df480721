"""Metrics of numbers: root mean square error, mean absolute error, explained variance."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losslab.metrics.spec import Metric


def rmse(y: NDArray[Any], values: NDArray[Any]) -> float:
    """Compute the root of the mean squared error.

    Formula:
        sqrt(mean((values - y)^2))

    Shape:
        y (N,), values (N,).

    References:
        Chai and Draxler (2014), Root mean square error (RMSE) or mean absolute error (MAE)?

    Examples:
        >>> import numpy as np
        >>> rmse(np.array([0.0, 0.0]), np.array([1.0, 7.0]))
        5.0
    """
    return float(np.sqrt(np.mean((values - y) ** 2)))


RMSE = Metric(
    name="rmse",
    label="RMSE",
    tasks=("regression", "count"),
    higher_is_better=False,
    needs="values",
    fn=rmse,
    bounds=(0.0, float("inf")),
    reference="Chai and Draxler (2014), "
    "Root mean square error (RMSE) or mean absolute error (MAE)?",
    favours=("mse",),
    rewards=("mean", "log-mean"),
    in_target_units=True,
)


def mae(y: NDArray[Any], values: NDArray[Any]) -> float:
    """Compute the mean absolute error.

    Formula:
        mean(|values - y|)

    Shape:
        y (N,), values (N,).

    References:
        Willmott and Matsuura (2005), Advantages of the mean absolute error (MAE) over the root
        mean square error (RMSE) in assessing average model performance.

    Examples:
        >>> import numpy as np
        >>> mae(np.array([0.0, 0.0]), np.array([1.0, 7.0]))
        4.0
    """
    return float(np.mean(np.abs(values - y)))


MAE = Metric(
    name="mae",
    label="MAE",
    tasks=("regression", "count"),
    higher_is_better=False,
    needs="values",
    fn=mae,
    bounds=(0.0, float("inf")),
    reference="Willmott and Matsuura (2005), Advantages of the mean absolute error (MAE) over the "
    "root mean square error (RMSE) in assessing average model performance",
    favours=("l1",),
    rewards=("median",),
    in_target_units=True,
)


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


R2 = Metric(
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
