"""The plane in which the trajectories vary most."""

import numpy as np

from losslab.core.errors import OptionError
from losslab.core.hashing import derive_seed
from losslab.experiment.landscape.plane import Array, Plane, PlaneKind, Trajectories


def pca(trajectories: Trajectories) -> Plane:
    r"""Choose the first two principal components of all trajectories' points.

    The signs of principal components are arbitrary; they are chosen so that the start lies to the
    left of the end and above it.

    Formula:
        .. math:: \theta(x, y) = \theta_\text{end} + x\,v_1 + y\,v_2

    Shape:
        points ``(T, P)`` -> basis ``(2, P)``, orthonormal

    References:
        Li, Xu, Taylor, Studer and Goldstein, "Visualizing the loss landscape of neural nets"
        (2018), section 7.
    """
    points, end = trajectories.points, trajectories.end
    _, lengths, directions = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)
    largest = float(lengths[0])
    # Weights are known to about seven digits, so what is shorter than that is rounding.
    if largest <= 1e-7 * max(1.0, float(np.linalg.norm(end))):
        raise OptionError(
            "needed trajectories that move for --plane pca, which follows them",
            got="weights that stay where they start",
            fix="--plane random; or larger steps: --lr 0.1",
        )
    basis = directions[:2]
    if len(lengths) < 2 or lengths[1] <= 1e-7 * largest:
        basis = np.stack([directions[0], _draw_orthogonal(directions[0], trajectories.seed)])
        lengths = np.array([largest, 0.0])
    squares = np.square(lengths)
    x, y = basis @ (points[0] - end)
    signs = np.array([[-1.0 if x > 0 else 1.0], [-1.0 if y < 0 else 1.0]])
    return Plane(
        origin=end,
        basis=basis * signs,
        explained=tuple(float(square / squares.sum()) for square in squares[:2]),
    )


def _draw_orthogonal(direction: Array, seed: int) -> Array:
    """Draw a random direction orthogonal to that of a straight path."""
    drawn = np.random.default_rng(derive_seed(seed, "plane")).normal(size=direction.shape)
    drawn -= (drawn @ direction) * direction
    orthogonal: Array = drawn / np.linalg.norm(drawn)
    return orthogonal


def _label_axes(explained: tuple[float, ...]) -> tuple[str, str]:
    first, second = (f"{100 * share:.0f} % of variance" for share in explained)
    return f"1st direction: {first}", f"2nd direction: {second}"


SPEC = PlaneKind(
    name="pca",
    choose=pca,
    axes=_label_axes,
    summary="the two directions along which the trajectories vary most",
    reference="Li, Xu, Taylor, Studer and Goldstein (2018)",
)
