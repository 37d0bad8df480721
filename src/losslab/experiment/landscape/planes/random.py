"""A plane along two random directions, scaled unit by unit like the trained weights."""

import numpy as np

from losslab.core.hashing import seed_for
from losslab.experiment.landscape.plane import (
    Plane,
    PlaneKind,
    Rows,
    Trajectories,
    layers_of,
    variance,
)


def random(trails: Trajectories) -> Plane:
    r"""Draw two directions, and give each unit's weights the length they have at the end.

    A network is the same if a unit's weights are doubled and the next layer's halved, so that
    without this scaling the picture would say more about the weights' sizes than about the loss.
    Biases are left as they are.

    Formula
        .. math:: d_{ij} \leftarrow \frac{d_{ij}}{\lVert d_{ij} \rVert}\,\lVert \theta_{ij} \rVert
    Shape
        end ``(P,)`` -> basis ``(2, P)``
    Reference
        Li, Xu, Taylor, Studer and Goldstein, "Visualizing the loss landscape of neural nets"
        (2018), section 4.
    """
    generator = np.random.default_rng(seed_for(trails.seed, "plane"))
    basis = generator.normal(size=(2, len(trails.end)))
    _normalise(basis, trails)
    bare = Plane(origin=trails.end, basis=basis, explained=())
    center = trails.points.mean(axis=0)
    # Of the points' distances from their mean, what lies along the plane.
    flat = (bare.places(trails.points) - bare.places(center[np.newaxis])) @ basis
    whole = variance(trails.points)
    share = float(np.square(flat).sum()) / whole if whole else 0.0
    return Plane(origin=trails.end, basis=basis, explained=(share,))


def _normalise(basis: Rows, trails: Trajectories) -> None:
    end = trails.end[np.newaxis]
    places = zip(layers_of(basis, trails.sizes), layers_of(end, trails.sizes), strict=True)
    for (weights, biases), (trained, _) in places:
        # A unit's weights are a column: one for each of its inputs.
        weights *= np.linalg.norm(trained, axis=1, keepdims=True) / np.linalg.norm(
            weights, axis=1, keepdims=True
        )
        biases[:] = 0.0


def _axes(explained: tuple[float, ...]) -> tuple[str, str]:
    return "1st random direction", "2nd random direction"


SPEC = PlaneKind(
    name="random",
    lay=random,
    axes=_axes,
    reach=1.0,
    summary="two random directions in the weights' own scale, around the best end",
    reference="Li, Xu, Taylor, Studer and Goldstein (2018)",
)
