"""The part of a scale on which curves can be seen, text and pictures alike."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

# A curve that shoots up is cut where it hides the rest.
_OUTER, _CUT_FROM = 0.1, 3.0
# So is one that spans so many times what the flattest other one spans.
_TOO_STEEP = 16.0


def view_of(curves: Sequence[Numbers]) -> tuple[float, float]:
    """Give the ends between which all curves lie whole, but for the few that hide the others.

    >>> view_of([np.array([1.0, -1.0]), np.array([0.0, 90.0])])
    (-1.0, 1.0)
    """
    seen = [_seen(numbers) for numbers in curves]
    spans = [high - low for low, high in seen]
    most = _TOO_STEEP * min((span for span in spans if span > 0.0), default=1.0)
    kept = [ends for ends, span in zip(seen, spans, strict=True) if 0.0 < span <= most]
    low = min((low for low, _ in kept), default=0.0)
    high = max((high for _, high in kept), default=0.0)
    return (low, high) if low < high else (0.0, 1.0)


def _seen(numbers: Numbers) -> tuple[float, float]:
    """Where the values lie, zero among them, without the few that would hide the rest."""
    values = numbers[np.isfinite(numbers)]
    if not values.any():
        return 0.0, 0.0
    whole = _with_zero(values.min(), values.max())
    inner = _with_zero(*np.quantile(values, [_OUTER, 1.0 - _OUTER]))
    cut = whole[1] - whole[0] > _CUT_FROM * (inner[1] - inner[0]) > 0.0
    return inner if cut else whole


def _with_zero(low: float, high: float) -> tuple[float, float]:
    return min(0.0, float(low)), max(0.0, float(high))
