"""Mean absolute error, in the units of the target."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from losslab.metrics.spec import Metric


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


SPEC = Metric(
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
