"""A number's mean over the repetitions, and how sure it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from losslab.statistics.resampling import summarise


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A mean with its standard error, both NaN where a repetition has no value.

    Args:
        mean: over the repetitions.
        error: the standard error of the mean; NaN for a single repetition.
        values: one a repetition.
    """

    mean: float
    error: float
    values: tuple[float, ...]


def estimate(values: Sequence[float], test_to_train: float) -> Estimate:
    """Summarise one value a repetition.

    Formula
        error = sqrt((1 / n + n_test / n_train) * s^2), since repetitions share training rows and
        the usual s^2 / n is too small.
    Reference
        Nadeau and Bengio (2003), Inference for the generalization error.
    Example
        >>> found = estimate([0.7, 0.8, 0.9], test_to_train=0.25)
        >>> round(found.mean, 4), round(found.error, 4)
        (0.8, 0.0764)
    """
    found = summarise(values, test_to_train)
    return Estimate(mean=found.mean, error=found.error, values=tuple(map(float, values)))
