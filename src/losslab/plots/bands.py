"""The centre of the splits with a band around it, at each of several points."""

from dataclasses import dataclass

import numpy as np

from losslab.experiment.comparison.findings import Array

SPREAD = "one standard deviation over the splits to either side"
HALF = "the middle half of the splits (25th to 75th percentile)"


@dataclass(frozen=True, kw_only=True)
class Band:
    """The centre at each point and the ends of the band; NaN where no split has a value.

    ``n`` is the least number of splits that any point with a value rests on.
    """

    center: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    n: int


def summarize_mean(values: Array) -> Band:
    """Summarise ``values``, ``(J, points)``: mean and standard deviation of the finite ones.

    A single split has no spread, so its band has no width.

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
        squares = np.where(finite, (known - mean) ** 2, 0.0).sum(axis=0)
        spread = np.sqrt(squares / np.maximum(counts - 1, 1))
    present = counts[counts > 0]
    return Band(
        center=tuple(mean.tolist()),
        low=tuple((mean - spread).tolist()),
        high=tuple((mean + spread).tolist()),
        n=int(present.min()) if len(present) else 0,
    )


def summarize_median(values: Array) -> Band:
    """Summarise finite ``values``, ``(J, points)``: median and quartiles.

    One bad epoch of one split moves a mean out of sight, and a standard deviation below zero;
    these it hardly moves.

    >>> import numpy as np
    >>> summarize_median(np.array([[1.0], [2.0], [900.0]]))
    Band(center=(2.0,), low=(1.5,), high=(451.0,), n=3)
    """
    low, center, high = np.quantile(values, (0.25, 0.5, 0.75), axis=0)
    return Band(
        center=tuple(center.tolist()),
        low=tuple(low.tolist()),
        high=tuple(high.tolist()),
        n=len(values),
    )
