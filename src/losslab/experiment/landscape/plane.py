"""A plane through the space of weights, and the grid on which the loss is computed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from losslab.training.initialization import Layer

Array = NDArray[np.float64]
Numbers = TypeVar("Numbers", NDArray[np.float64], Tensor)

MARGIN = 0.18  # of the larger extent, kept around the paths


def make_axes(places: Array, resolution: int, reach: float = 0.0) -> tuple[Array, Array]:
    """Make the axes of a square grid around places ``(N, 2)``, one point of it at the origin.

    Both axes have the same scale, so that descents cross contours as they do in space.

    Args:
        places: what the grid covers, besides the origin.
        resolution: points along each axis.
        reach: the least extent on each side of the origin.

    Examples:
        >>> x, y = make_axes(np.array([[-3.0, 1.0], [0.0, 0.0]]), 5)
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


def list_places(x: Array, y: Array) -> Array:
    """List all places of a grid, row by row: ``(len(y) * len(x), 2)``."""
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)


@dataclass(frozen=True, kw_only=True, eq=False)
class Plane:
    """All points ``origin + x * basis[0] + y * basis[1]``.

    Args:
        origin: ``(P,)``.
        basis: ``(2, P)``, linearly independent.
        explained: the share of the trajectories' variance along each direction; a single share for
            the plane if its directions are not principal components.
    """

    origin: Array
    basis: Array
    explained: tuple[float, ...]

    def embed(self, places: Array) -> Array:
        """Compute the weights ``(N, P)`` at places ``(N, 2)``."""
        return self.origin + places @ self.basis

    def project(self, points: Array) -> Array:
        """Find the places ``(N, 2)`` nearest to weights ``(N, P)``."""
        places = np.linalg.lstsq(self.basis.T, (points - self.origin).T, rcond=None)[0].T
        return np.asarray(places, dtype=np.float64)

    def measure_distances(self, points: Array) -> Array:
        """Measure the distances ``(N,)`` of weights ``(N, P)`` from the plane."""
        distances: Array = np.linalg.norm(points - self.embed(self.project(points)), axis=1)
        return distances


@dataclass(frozen=True, kw_only=True, eq=False)
class Trajectories:
    """The weights of all descents on one surface, from which a plane is chosen.

    Args:
        points: ``(T, P)``, the common start first.
        end: the weights ``(P,)`` of the best end, which becomes the plane's origin.
        sizes: the widths of the network's layers.
        seed: of random directions.
    """

    points: Array
    end: Array
    sizes: Sequence[int]
    seed: int


@dataclass(frozen=True, kw_only=True)
class PlaneKind:
    """A way to choose a plane.

    Args:
        name: of the plane.
        choose: returns the plane of trajectories.
        axes: the labels of the two directions, from the shares they explain.
        reach: the least extent of the picture on each side of the origin.
        summary: what it shows, in a line.
        reference: the paper it comes from.
    """

    name: str
    choose: Callable[[Trajectories], Plane]
    axes: Callable[[tuple[float, ...]], tuple[str, str]]
    reach: float = 0.0
    summary: str
    reference: str


def count_weights(sizes: Sequence[int]) -> int:
    """Count the weights and biases ``P`` of an MLP with these layer widths.

    Examples:
        >>> count_weights((4, 8, 1))
        49
    """
    return sum(inputs * outputs + outputs for inputs, outputs in pairwise(sizes))


def flatten_layers(layers: Sequence[Layer]) -> Array:
    """Put weights ``(inputs, outputs)`` and biases ``(outputs,)`` of all layers into ``(P,)``."""
    return np.concatenate([part.ravel() for layer in layers for part in layer])


def split_layers(rows: Numbers, sizes: Sequence[int]) -> list[tuple[Numbers, Numbers]]:
    """View ``(M, P)`` as weights ``(M, inputs, outputs)`` and biases ``(M, 1, outputs)``."""
    models, start = rows.shape[0], 0
    layers = []
    for inputs, outputs in pairwise(sizes):
        middle, end = start + inputs * outputs, start + (inputs + 1) * outputs
        weights = rows[:, start:middle].reshape(models, inputs, outputs)
        layers.append((weights, rows[:, middle:end].reshape(models, 1, outputs)))
        start = end
    return layers
