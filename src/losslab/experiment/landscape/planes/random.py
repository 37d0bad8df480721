"""A plane of two random directions, scaled unit by unit like the trained weights."""

import numpy as np

from losslab.core.hashing import derive_seed
from losslab.experiment.landscape.plane import Plane, PlaneKind, Trajectories, split_layers


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


SPEC = PlaneKind(
    name="random",
    choose=random,
    axes=lambda explained: ("1st random direction", "2nd random direction"),
    reach=1.0,
    summary="two random directions in the weights' own scale, around the best end",
    reference="Li, Xu, Taylor, Studer and Goldstein (2018)",
)
