"""A plane through the space of weights, and the grid of places at which the loss is computed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from losslab.training.initialization import Layer

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


Rows = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Plane:
    """All points ``origin + x * basis[0] + y * basis[1]``.

    Args:
        origin: ``(P,)``.
        basis: ``(2, P)``, linearly independent.
        explained: the share of the trajectories' variance along each direction, or, where the
            directions do not follow them, in the plane as a whole.
    """

    origin: NDArray[np.float64]
    basis: Rows
    explained: tuple[float, ...]

    def points(self, places: Rows) -> Rows:
        """The weights at places ``(N, 2)``, ``(N, P)``."""
        return self.origin + places @ self.basis

    def places(self, points: Rows) -> Rows:
        """The places ``(N, 2)`` of the plane that are nearest to weights ``(N, P)``."""
        found = np.linalg.lstsq(self.basis.T, (points - self.origin).T, rcond=None)[0].T
        return np.asarray(found, dtype=np.float64)

    def away(self, points: Rows) -> NDArray[np.float64]:
        """How far weights ``(N, P)`` are from the plane, ``(N,)``."""
        distances: NDArray[np.float64] = np.linalg.norm(
            points - self.points(self.places(points)), axis=1
        )
        return distances


@dataclass(frozen=True, kw_only=True, eq=False)
class Trajectories:
    """What a plane is laid through.

    Args:
        points: the weights of all trajectories ``(T, P)``, the common start first.
        end: the weights ``(P,)`` of the best end, which becomes the plane's origin.
        sizes: the widths of the network's layers.
        seed: of what is drawn.
    """

    points: Rows
    end: NDArray[np.float64]
    sizes: Sequence[int]
    seed: int


class LayPlane(Protocol):
    """Choose a plane."""

    def __call__(self, trails: Trajectories) -> Plane: ...


@dataclass(frozen=True, kw_only=True)
class PlaneKind:
    """A way to choose a plane.

    Args:
        name: the field's name.
        lay: chooses one.
        axes: what a picture calls its two directions, from the shares they explain.
        reach: how far the picture goes to each side at least.
        summary: what it shows, in a line.
        reference: where it comes from.
    """

    name: str
    lay: LayPlane
    axes: Callable[[tuple[float, ...]], tuple[str, str]]
    reach: float = 0.0
    summary: str
    reference: str


def variance(points: Rows) -> float:
    """The sum of the squared distances of ``(T, P)`` from their mean."""
    return float(np.square(points - points.mean(axis=0)).sum())


Numbers = TypeVar("Numbers", NDArray[np.float64], Tensor)


def size_of(sizes: Sequence[int]) -> int:
    """The number ``P`` of weights and biases of an MLP with these layer widths.

    >>> size_of((4, 8, 1))
    49
    """
    return sum(inputs * outputs + outputs for inputs, outputs in pairwise(sizes))


def row_of(layers: Sequence[Layer]) -> NDArray[np.float64]:
    """Put weights ``(inputs, outputs)`` and biases ``(outputs,)`` of all layers into ``(P,)``."""
    return np.concatenate([part.ravel() for layer in layers for part in layer])


def layers_of(rows: Numbers, sizes: Sequence[int]) -> list[tuple[Numbers, Numbers]]:
    """Views of weights ``(M, inputs, outputs)`` and biases ``(M, 1, outputs)`` in ``(M, P)``."""
    models, start = rows.shape[0], 0
    layers = []
    for inputs, outputs in pairwise(sizes):
        middle, end = start + inputs * outputs, start + (inputs + 1) * outputs
        weights = rows[:, start:middle].reshape(models, inputs, outputs)
        layers.append((weights, rows[:, middle:end].reshape(models, 1, outputs)))
        start = end
    return layers
