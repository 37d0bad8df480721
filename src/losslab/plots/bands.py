"""A mean over the splits with a band around it, at each of several points."""

from dataclasses import dataclass

import numpy as np

from losslab.experiment.findings import Array

BAND = "one standard deviation over the splits to either side"


@dataclass(frozen=True, kw_only=True)
class Band:
    """The mean at each point and the ends of the band; NaN where no split has a value.

    ``n`` is the least number of splits that any point with a value rests on.
    """

    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    n: int


def band_over_splits(values: Array) -> Band:
    """Summarise ``values``, ``(J, points)``: mean and standard deviation of the finite ones.

    A single split has no spread, so its band has no width.

    >>> import numpy as np
    >>> band = band_over_splits(np.array([[1.0, 4.0], [3.0, np.nan]]))
    >>> band.mean, [round(value, 3) for value in band.low], band.n
    ((2.0, 4.0), [0.586, 4.0], 1)
    """
    finite = np.isfinite(values)
    counts = finite.sum(axis=0)
    known = np.where(finite, values, 0.0)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        mean = np.where(counts > 0, known.sum(axis=0) / np.maximum(counts, 1), np.nan)
        squares = np.where(finite, (known - mean) ** 2, 0.0).sum(axis=0)
        spread = np.sqrt(squares / np.maximum(counts - 1, 1))
    present = counts[counts > 0]
    return Band(
        mean=tuple(mean.tolist()),
        low=tuple((mean - spread).tolist()),
        high=tuple((mean + spread).tolist()),
        n=int(present.min()) if len(present) else 0,
    )
