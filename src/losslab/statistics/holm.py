"""Many p-values at once: Holm's correction."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from losslab.core.errors import DataError


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Adjust p-values so that the chance of any false alarm among them stays at the level.

    Formula
        The i-th smallest of m p-values is multiplied by m - i + 1; an adjusted value is never
        below that of a smaller p-value and never above 1. NaN stays NaN and is not counted.
    Reference
        Holm (1979), A simple sequentially rejective multiple test procedure.
    Example
        >>> holm([0.01, 0.04, 0.03]).round(4).tolist()
        [0.03, 0.06, 0.06]
    """
    raw = np.asarray(p_values, dtype=np.float64)
    if raw.ndim != 1 or ((raw < 0) | (raw > 1)).any():
        raise DataError(
            "needed p-values between 0 and 1 in one row",
            got=f"{raw.tolist()}",
            fix="pass the p-values of all pairs as one list",
        )
    counted = np.flatnonzero(~np.isnan(raw))
    order = counted[np.argsort(raw[counted], kind="stable")]
    multiplied = raw[order] * np.arange(len(order), 0, -1)
    adjusted = np.full(raw.shape, np.nan)
    adjusted[order] = np.minimum(np.maximum.accumulate(multiplied), 1.0)
    return adjusted
