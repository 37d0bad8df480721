"""What trained networks score on their training rows, so that nobody skips work.

Every peer hands over weights. One plain forward pass and one formula judge them all, so that an
epoch left out, a layer left out or another loss shows.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.formulas import compute_row_losses
from benchmarks.workload import Labels, Workload

Layers = list[tuple[NDArray[np.floating], NDArray[np.floating]]]

# Seeds and initial weights differ between peers, and so do their losses, but by less than this
# share of what the best constant scores.
TOLERANCE = 0.05


def compute_final_losses(workload: Workload, networks: Mapping[int, Layers]) -> dict[str, float]:
    """Compute each network's mean loss over the training rows.

    Args:
        workload: what was to be trained.
        networks: weights ``(inputs, outputs)`` and biases ``(outputs,)`` of each layer.

    Raises:
        ValueError: if a network is not of the workload's architecture.
    """
    return {
        str(number): mean_loss(
            workload, workload.models[number].loss, _compute_outputs(workload, layers)
        )
        for number, layers in networks.items()
    }


def mean_loss(workload: Workload, loss: str, z: NDArray[np.float64]) -> float:
    """Compute the mean of a loss over all rows, in float64."""
    return float(
        np.mean(compute_row_losses(loss, np, z, _encode_targets(workload.y), workload.task))
    )


def compute_constant_losses(workload: Workload) -> dict[str, float]:
    """Compute each loss of the workload for the best constant."""
    found = {}
    for loss in {model.loss for model in workload.models}:
        if workload.task == "multiclass":
            shares = np.bincount(np.asarray(workload.y, dtype=np.int64)) / len(workload.y)
            constants = [np.log(np.maximum(shares, 1e-12))]
        else:
            constants = [np.array([value]) for value in np.linspace(-5.0, 5.0, 201)]
        found[loss] = min(
            mean_loss(workload, loss, np.tile(value, (len(workload.y), 1))) for value in constants
        )
    return found


def compute_difference(
    workload: Workload, losses: Mapping[str, float], others: Mapping[str, float]
) -> float | None:
    """Compute the mean difference of the same networks, as a share of the constant's loss.

    The mean keeps its sign within, so that luck of single seeds cancels out and skipped work does
    not. None if they have no number in common.
    """
    constants = compute_constant_losses(workload)
    shared = sorted(losses.keys() & others.keys())
    if not shared:
        return None
    shares = [
        (losses[number] - others[number]) / constants[workload.models[int(number)].loss]
        for number in shared
    ]
    return float(np.mean(shares))


def _compute_outputs(workload: Workload, layers: Layers) -> NDArray[np.float64]:
    shapes = [weights.shape for weights, _ in layers]
    if shapes != list(pairwise(workload.sizes)):
        raise ValueError(f"needed layers {list(pairwise(workload.sizes))}, but got {shapes}")
    hidden = workload.X.astype(np.float64)
    for weights, biases in layers[:-1]:
        hidden = np.maximum(hidden @ weights + biases, 0.0)
    outputs: NDArray[np.float64] = hidden @ layers[-1][0] + layers[-1][1]
    return outputs


def _encode_targets(y: Labels) -> NDArray[Any]:
    kind = np.float64 if y.dtype.kind == "f" else np.int64
    return np.asarray(y, dtype=kind)
