"""Ways to choose the plane of a landscape: principal components or random directions."""

import numpy as np

from losslab.core.errors import OptionError
from losslab.core.hashing import derive_seed
from losslab.core.registry import Registry
from losslab.experiment.landscape.plane import Array, Plane, PlaneKind, Trajectories, split_layers


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


PCA = PlaneKind(
    name="pca",
    choose=pca,
    axes=_label_axes,
    summary="the two directions along which the trajectories vary most",
    reference="Li, Xu, Taylor, Studer and Goldstein (2018)",
)


def random(trajectories: Trajectories) -> Plane:
    r"""Draw two directions, and give each unit's weights the norm they have at the end.

    A network stays the same if a unit's weights are doubled and the next layer's halved; without
    this normalization, the picture would show the size of the weights more than the loss. The
    directions leave biases unchanged.

    Formula:
        .. math:: d_{ij} \leftarrow \frac{d_{ij}}{\lVert d_{ij} \rVert}\,\lVert \theta_{ij} \rVert

    Shape:
        end ``(P,)`` -> basis ``(2, P)``

    References:
        Li, Xu, Taylor, Studer and Goldstein, "Visualizing the loss landscape of neural nets"
        (2018), section 4.
    """
    points, end, sizes = trajectories.points, trajectories.end, trajectories.sizes
    generator = np.random.default_rng(derive_seed(trajectories.seed, "plane"))
    basis = generator.normal(size=(2, len(end)))
    layers = zip(split_layers(basis, sizes), split_layers(end[np.newaxis], sizes), strict=True)
    for (weights, biases), (trained, _) in layers:
        # A unit's weights are a column: one for each of its inputs.
        weights *= np.linalg.norm(trained, axis=1, keepdims=True) / np.linalg.norm(
            weights, axis=1, keepdims=True
        )
        biases[:] = 0.0
    plane = Plane(origin=end, basis=basis, explained=())
    center = points.mean(axis=0)
    # The part of the points' distances from their mean that lies in the plane.
    inside = (plane.project(points) - plane.project(center[np.newaxis])) @ basis
    total = float(np.square(points - center).sum())
    share = float(np.square(inside).sum()) / total if total else 0.0
    return Plane(origin=end, basis=basis, explained=(share,))


RANDOM = PlaneKind(
    name="random",
    choose=random,
    axes=lambda explained: ("1st random direction", "2nd random direction"),
    reach=1.0,
    summary="two random directions in the weights' own scale, around the best end",
    reference="Li, Xu, Taylor, Studer and Goldstein (2018)",
)


PLANES = Registry("plane", [PCA, RANDOM])
