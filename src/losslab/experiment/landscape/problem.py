"""The mean training loss of many networks of one shape at once, from weights in one row each."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from losslab.experiment.landscape.plane import layers_of, size_of
from losslab.objectives.objective import Objective
from losslab.training.catalog import ACTIVATIONS
from losslab.training.engines.fleet import available_cores
from losslab.training.run import Run
from losslab.training.split_arrays import SplitArrays
from losslab.training.threads import use_one_thread

# Bytes for the networks that a worker evaluates at a time: few enough to stay in its caches.
CHUNK_BYTES = 8 * 2**20

Points = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Problem:
    """What networks of one shape are judged by.

    Args:
        objective: head, loss and target encoding, fitted.
        features: ``(B, F)``.
        target: as the loss reads it, a row for each of the features.
        sizes: the widths of all layers.
        activation: a name.
    """

    objective: Objective
    features: Tensor
    target: Tensor
    sizes: tuple[int, ...]
    activation: str


def problem_of(run: Run, table: SplitArrays) -> Problem:
    """The training rows of a table as a run's networks and loss read them."""
    dtype = getattr(torch, run.dtype)
    objective = table.fit_objective(run.objective)
    return Problem(
        objective=objective,
        features=torch.tensor(np.ascontiguousarray(table.X[table.train])).to(dtype),
        target=objective.codec.encode(table.y[table.train], dtype),
        sizes=(table.n_features, *run.hidden, objective.width),
        activation=run.activation,
    )


def mean_losses(
    problem: Problem,
    count: int,
    points: Callable[[slice], Points],
    budget: int = CHUNK_BYTES,
) -> NDArray[np.float64]:
    """The mean loss of ``count`` networks over all rows, ``(count,)``; not finite where it isn't.

    Args:
        problem: rows, loss and shape of the networks.
        count: how many networks.
        points: the weights of a slice of them, ``(M, P)``; called from several threads.
        budget: bytes for the networks of a worker; one network may take more.
    """
    number = problem.features.element_size()
    # Weights in float64 too, where they are made; of a layer input, output and activation.
    weights = size_of(problem.sizes) * (8 + number)
    a_row = 3 * max(problem.sizes) * number
    rows = len(problem.features)
    chunk = max(1, min(budget // (weights + a_row * rows), -(-count // available_cores())))
    block = rows if chunk > 1 else max(1, (budget - weights) // a_row)
    slices = [slice(first, min(first + chunk, count)) for first in range(0, count, chunk)]

    def losses(part: slice) -> Points:
        return _losses(_unchecked(problem), torch.from_numpy(points(part)), block)

    with (
        use_one_thread(),
        ThreadPoolExecutor(
            available_cores(), initializer=torch.set_num_threads, initargs=(1,)
        ) as pool,
    ):
        return np.concatenate(list(pool.map(losses, slices)))


def _unchecked(problem: Problem) -> Problem:
    # Far from any trained network outputs may overflow, which is a hole in the picture, no error.
    return replace(problem, objective=replace(problem.objective, unchecked=True))


@torch.no_grad()
def _losses(problem: Problem, points: Tensor, block: int) -> Points:
    objective, target = problem.objective, problem.target
    layers = layers_of(points.to(problem.features.dtype), problem.sizes)
    models, rows = len(points), len(problem.features)
    if objective.loss.reduces == "rows":  # one value for all rows, so they stay together
        z = _outputs(problem, layers, problem.features)
        return np.array([float(objective(own, target)) for own in z])
    total = torch.zeros(models, dtype=torch.float64)
    for first in range(0, rows, block):
        part = slice(first, first + block)
        z = _outputs(problem, layers, problem.features[part])
        targets = target[part].expand(models, *target[part].shape)
        total += objective.rows(z, targets).double().sum(-1)
    mean: Points = (total / rows).numpy()
    return mean


def _outputs(problem: Problem, layers: Sequence[tuple[Tensor, Tensor]], x: Tensor) -> Tensor:
    """Outputs ``(M, B, K)`` of networks on the same rows ``(B, F)``."""
    activation = ACTIVATIONS[problem.activation].fn
    z = x.expand(len(layers[0][0]), *x.shape)
    for index, (weights, biases) in enumerate(layers):
        z = torch.baddbmm(biases, activation(z) if index else z, weights)
    return z
