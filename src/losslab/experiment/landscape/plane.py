"""A plane through the space of weights, and what a way to choose one promises."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

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
class Trails:
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

    def __call__(self, trails: Trails) -> Plane: ...


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
