"""The part of a plane that a picture shows, and the places at which the loss is computed."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MARGIN = 0.18  # of the larger extent, kept around the paths


def axes_around(places: Array, resolution: int, reach: float = 0.0) -> tuple[Array, Array]:
    """Cut a square around places ``(N, 2)``, in which the origin is a point of the grid.

    Lengths are alike along both axes, so that descents cross contours as they do in space.

    Args:
        places: what has to be in it; the origin has to be too.
        resolution: points along each axis.
        reach: how far it goes to each side of the origin at least.

    >>> x, y = axes_around(np.array([[-3.0, 1.0], [0.0, 0.0]]), 5)
    >>> [bool(0.0 in axis) for axis in (x, y)]
    [True, True]
    """
    low = np.minimum(places.min(axis=0), -reach)
    high = np.maximum(places.max(axis=0), reach)
    side = float((high - low).max()) * (1 + 2 * MARGIN)
    first = (low + high - side) / 2
    step = side / (resolution - 1)
    before = np.round(-first / step)
    numbers = np.arange(resolution)
    x, y = ((numbers - count) * step for count in before)
    return x, y


def places_of(x: Array, y: Array) -> Array:
    """All places of a grid, row by row: ``(len(y) * len(x), 2)``."""
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
