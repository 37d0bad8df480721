"""A central line over the splits with a band around it, at each of several points."""

from dataclasses import dataclass

import numpy as np

from losslab.experiment.comparison.findings import Array

STANDARD_DEVIATION = "one standard deviation over the splits to either side"
MIDDLE_HALF = "the middle half of the splits (25th to 75th percentile)"


@dataclass(frozen=True, kw_only=True)
class Band:
    """The center and the ends of the band at each point; NaN where no split has a value.

    Attributes:
        center: mean or median.
        low: lower ends.
        high: upper ends.
        n: the smallest number of splits behind any point with a value.
    """

    center: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    n: int


def _make_band(center: Array, low: Array, high: Array, n: int) -> Band:
    return Band(
        center=tuple(center.tolist()), low=tuple(low.tolist()), high=tuple(high.tolist()), n=n
    )


def summarize_mean(values: Array) -> Band:
    """Compute mean and standard deviation of the finite ``values``, ``(J, points)``.

    A single split has no spread, so its band has no width.

    Examples:
        >>> import numpy as np
        >>> band = summarize_mean(np.array([[1.0, 4.0], [3.0, np.nan]]))
        >>> band.center, [round(value, 3) for value in band.low], band.n
        ((2.0, 4.0), [0.586, 4.0], 1)
    """
    finite = np.isfinite(values)
    counts = finite.sum(axis=0)
    known = np.where(finite, values, 0.0)
    with np.errstate(over="ignore"):
        mean = np.where(counts > 0, known.sum(axis=0) / np.maximum(counts, 1), np.nan)
        sums_of_squares = np.where(finite, (known - mean) ** 2, 0.0).sum(axis=0)
        deviation = np.sqrt(sums_of_squares / np.maximum(counts - 1, 1))
    n = int(min(counts[counts > 0], default=0))
    return _make_band(mean, mean - deviation, mean + deviation, n)


def summarize_median(values: Array) -> Band:
    """Compute median and quartiles of finite ``values``, ``(J, points)``.

    Unlike mean and standard deviation, they hardly move with one bad epoch of one split.

    Examples:
        >>> import numpy as np
        >>> summarize_median(np.array([[1.0], [2.0], [900.0]]))
        Band(center=(2.0,), low=(1.5,), high=(451.0,), n=3)
    """
    low, center, high = np.quantile(values, (0.25, 0.5, 0.75), axis=0)
    return _make_band(center, low, high, len(values))
