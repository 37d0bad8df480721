"""Root mean squared error, in the units of the target."""

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


SPEC = Metric(
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
