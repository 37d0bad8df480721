"""The mean training loss of many networks of one shape at once, each a row of weights."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from losslab.experiment.landscape.plane import count_weights, split_layers
from losslab.objectives.objective import Objective
from losslab.training.catalog import ACTIVATIONS
from losslab.training.engines.fleet import count_cores
from losslab.training.run import Run
from losslab.training.split_arrays import SplitArrays
from losslab.training.threads import use_one_thread

# Bytes of networks that a worker evaluates at once: few enough to stay in its caches.
CHUNK_BYTES = 8 * 2**20

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Problem:
    """The rows and the objective that networks of one shape are evaluated with.

    Args:
        objective: head, loss and target encoding, fitted.
        features: ``(B, F)``.
        target: encoded for the loss, one row per row of the features.
        sizes: the widths of all layers.
        activation: a name.
    """

    objective: Objective
    features: Tensor
    target: Tensor
    sizes: tuple[int, ...]
    activation: str


def make_problem(run: Run, table: SplitArrays) -> Problem:
    """Prepare the training rows of a table for a run's networks and loss."""
    dtype = getattr(torch, run.dtype)
    objective = table.fit_objective(run.objective)
    return Problem(
        objective=objective,
        features=torch.tensor(np.ascontiguousarray(table.X[table.train])).to(dtype),
        target=objective.codec.encode(table.y[table.train], dtype),
        sizes=(table.n_features, *run.hidden, objective.width),
        activation=run.activation,
    )


def compute_mean_losses(
    problem: Problem, count: int, points: Callable[[slice], Array], budget: int = CHUNK_BYTES
) -> Array:
    """Compute the mean loss of ``count`` networks over all rows, ``(count,)``.

    A loss that overflows is not finite; it raises no error.

    Args:
        problem: rows, loss and shape of the networks.
        count: the number of networks.
        points: returns the weights ``(M, P)`` of a slice of them; called from several threads.
        budget: bytes for the networks of a worker; a single network may take more.
    """
    number = problem.features.element_size()
    # The weights exist in float64 too; a layer has its input, output and activation.
    weights = count_weights(problem.sizes) * (8 + number)
    bytes_per_row = 3 * max(problem.sizes) * number
    rows = len(problem.features)
    chunk = max(1, min(budget // (weights + bytes_per_row * rows), -(-count // count_cores())))
    block = rows if chunk > 1 else max(1, (budget - weights) // bytes_per_row)
    slices = [slice(first, min(first + chunk, count)) for first in range(0, count, chunk)]
    # Far from any trained network outputs may overflow: a hole in the picture, not an error.
    unchecked = replace(problem, objective=replace(problem.objective, unchecked=True))

    def compute_chunk(part: slice) -> Array:
        return _compute_losses(unchecked, torch.from_numpy(points(part)), block)

    with (
        use_one_thread(),
        ThreadPoolExecutor(count_cores(), initializer=torch.set_num_threads, initargs=(1,)) as pool,
    ):
        return np.concatenate(list(pool.map(compute_chunk, slices)))


@torch.no_grad()
def _compute_losses(problem: Problem, points: Tensor, block: int) -> Array:
    objective, target = problem.objective, problem.target
    layers = split_layers(points.to(problem.features.dtype), problem.sizes)
    models, rows = len(points), len(problem.features)
    if objective.loss.reduces == "rows":  # one value for all rows, so they stay together
        z = _compute_outputs(problem, layers, problem.features)
        return np.array([float(objective(output, target)) for output in z])
    total = torch.zeros(models, dtype=torch.float64)
    for first in range(0, rows, block):
        part = slice(first, first + block)
        z = _compute_outputs(problem, layers, problem.features[part])
        targets = target[part].expand(models, *target[part].shape)
        total += objective.compute_rows(z, targets).double().sum(-1)
    mean: Array = (total / rows).numpy()
    return mean


def _compute_outputs(
    problem: Problem, layers: Sequence[tuple[Tensor, Tensor]], x: Tensor
) -> Tensor:
    """Compute outputs ``(M, B, K)`` of M networks on the same rows ``(B, F)``."""
    activation = ACTIVATIONS[problem.activation].fn
    z = x.expand(len(layers[0][0]), *x.shape)
    for index, (weights, biases) in enumerate(layers):
        z = torch.baddbmm(biases, activation(z) if index else z, weights)
    return z
