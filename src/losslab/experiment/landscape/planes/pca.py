"""The plane along which the trajectories vary most."""

import numpy as np
from numpy.typing import NDArray

from losslab.core.errors import OptionError
from losslab.core.hashing import seed_for
from losslab.experiment.landscape.plane import Plane, PlaneKind, Rows, Trajectories


def pca(trails: Trajectories) -> Plane:
    r"""Take the first two principal components of all trajectories' points.

    Formula
        .. math:: \theta(x, y) = \theta_\text{end} + x\,v_1 + y\,v_2
    Shape
        points ``(T, P)`` -> basis ``(2, P)``, orthonormal
    Reference
        Li, Xu, Taylor, Studer and Goldstein, "Visualizing the loss landscape of neural nets"
        (2018), section 7.
    """
    centered = trails.points - trails.points.mean(axis=0)
    _, lengths, directions = np.linalg.svd(centered, full_matrices=False)
    largest = float(lengths[0])
    # Weights are known to about seven digits, so what is shorter than that is rounding.
    if largest <= 1e-7 * max(1.0, float(np.linalg.norm(trails.end))):
        raise OptionError(
            "needed trajectories that move for --plane pca, which follows them",
            got="weights that stay where they start",
            fix="--plane random; or larger steps: --lr 0.1",
        )
    basis = directions[:2]
    if len(lengths) < 2 or lengths[1] <= 1e-7 * largest:
        basis = np.stack([directions[0], _beside(directions[0], trails.seed)])
        lengths = np.array([largest, 0.0])
    squares = np.square(lengths)
    shares = tuple(float(square / squares.sum()) for square in squares[:2])
    return Plane(origin=trails.end, basis=_signed(basis, trails), explained=shares)


def _beside(direction: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """A direction at right angles to that of a straight path, drawn at random."""
    drawn = np.random.default_rng(seed_for(seed, "plane")).normal(size=direction.shape)
    drawn -= (drawn @ direction) * direction
    beside: NDArray[np.float64] = drawn / np.linalg.norm(drawn)
    return beside


def _signed(basis: Rows, trails: Trajectories) -> Rows:
    """Put the start to the left of the end and above it; signs of directions mean nothing."""
    x, y = basis @ (trails.points[0] - trails.end)
    signs = np.array([[-1.0 if x > 0 else 1.0], [-1.0 if y < 0 else 1.0]])
    signed: Rows = basis * signs
    return signed


def _axes(explained: tuple[float, ...]) -> tuple[str, str]:
    first, second = (f"{100 * share:.0f} % of variance" for share in explained)
    return f"1st direction: {first}", f"2nd direction: {second}"


SPEC = PlaneKind(
    name="pca",
    lay=pca,
    axes=_axes,
    summary="the two directions along which the trajectories vary most",
    reference="Li, Xu, Taylor, Studer and Goldstein (2018)",
)
