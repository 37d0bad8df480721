"""The weights of a descent, step by step, and how it ends."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from losslab.experiment.formatting import format_count, format_number
from losslab.experiment.landscape.function import Function
from losslab.experiment.landscape.plane import flatten_layers
from losslab.experiment.landscape.problem import Problem
from losslab.training.catalog import OPTIMIZERS
from losslab.training.initialization import draw_batch_order, draw_weights
from losslab.training.mlp import MLP
from losslab.training.run import Run
from losslab.training.trainer.trainer import Trainer

Array = NDArray[np.float64]

# A descent has diverged once its loss is this many times as far above the lowest as at the start.
DIVERGED = 10.0
# A descent has arrived once this share of the initial height above the minimum is left.
ARRIVED = 1e-3
# A descent bounces if this share of the steps in its second half go up.
BOUNCING = 0.2


@dataclass(frozen=True, kw_only=True, eq=False)
class Trajectory:
    """The points of one descent.

    Args:
        points: finite weights ``(T, P)``; the start first.
        steps: the number of steps before each point, ``(T,)``.
        lost_at: the first step after which a number was not finite; None if there is none.
    """

    points: Array
    steps: NDArray[np.int64]
    lost_at: int | None

    def truncate(self, count: int) -> "Trajectory":
        """Keep the first ``count`` points; the descent is lost at the next one."""
        if count == len(self.points):
            return self
        return Trajectory(
            points=self.points[:count], steps=self.steps[:count], lost_at=int(self.steps[count])
        )


def record_training(run: Run, problem: Problem) -> Trajectory:
    """Train one network with ``Trainer`` and keep its weights after each epoch.

    In the first epoch, the weights after 1, 2, 4, 8, ... steps are kept as well.
    """
    return _record(_train(run, problem))


def record_descent(
    function: Function, optimizer: str, settings: Mapping[str, float], lr: float, steps: int
) -> Trajectory:
    """Minimize a plain function with ``torch.optim``, with exact gradients by autograd."""
    return _record(_descend(function, optimizer, settings, lr, steps))


def _record(points: Iterable[tuple[int, Array]]) -> Trajectory:
    """Collect steps and points up to the first point that is not finite."""
    kept, lost_at = [], None
    for step, point in points:
        if not np.isfinite(point).all():
            lost_at = step
            break
        kept.append((step, point))
    steps, finite = zip(*kept, strict=True)
    return Trajectory(points=np.stack(finite), steps=np.array(steps), lost_at=lost_at)


def _train(run: Run, problem: Problem) -> Iterator[tuple[int, Array]]:
    model = MLP(problem.sizes[0], run.hidden, problem.sizes[-1], run.activation)
    model.to(problem.features.dtype)
    model.set_weights(draw_weights(problem.sizes, run.seed))
    trainer = Trainer(
        model,
        problem.objective,
        run.optimizer,
        run.lr,
        optimizer_params=run.optimizer_params,
        progress=False,
    )
    yield 0, flatten_layers(model.get_weights())
    steps = 0
    model.train()
    for epoch in range(run.epochs):
        order = draw_batch_order(len(problem.features), run.seed, epoch)
        batches = torch.split(torch.from_numpy(order), run.batch_size)
        for number, rows in enumerate(batches, start=1):
            trainer.step(problem.features[rows], problem.target[rows])
            steps += 1
            is_power_of_two = number & (number - 1) == 0
            if number == len(batches) or (epoch == 0 and is_power_of_two):
                yield steps, flatten_layers(model.get_weights())


def _descend(
    function: Function, name: str, settings: Mapping[str, float], lr: float, steps: int
) -> Iterator[tuple[int, Array]]:
    point = torch.tensor(function.start, dtype=torch.float64, requires_grad=True)
    optimizer = OPTIMIZERS[name].build([point], lr, settings)
    yield 0, point.detach().numpy().copy()
    for step in range(1, steps + 1):
        optimizer.zero_grad()
        function.fn(*point.unbind()).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        yield step, point.detach().numpy().copy()


def count_before_divergence(losses: Array, lowest: float) -> int:
    """Count the points of a descent before its loss is not finite or far above the start.

    Args:
        losses: at each point, ``(T,)``; the start first.
        lowest: the lowest loss of all descents.

    Examples:
        >>> count_before_divergence(np.array([1.0, 5.0, 90.0, 2.0]), 0.0)
        2
    """
    limit = losses[0] + (DIVERGED - 1) * max(abs(losses[0]), losses[0] - lowest)
    diverged = ~(np.isfinite(losses) & (losses <= limit))
    return int(diverged.argmax()) if diverged.any() else len(losses)


def describe_training(
    trajectory: Trajectory, losses: Array, steps_per_epoch: int
) -> tuple[str, str]:
    """Classify the descent of a network: its outcome, and the same in words."""
    if trajectory.lost_at is not None:
        epoch = -(-trajectory.lost_at // steps_per_epoch)
        return "diverges", f"diverges in epoch {epoch}"
    epochs = format_count(round(float(trajectory.steps[-1]) / steps_per_epoch), "epoch")
    if (trajectory.points == trajectory.points[0]).all():
        return "stays", f"does not move in {epochs}"
    start, end = format_number(losses[0]), format_number(losses[-1])
    best = int(losses.argmin())
    if losses[-1] - losses[best] <= 0.05 * (losses[0] - losses[best]):
        return "descends", f"from {start} to {end} in {epochs}"
    if best == 0:
        return "rises", f"rises from {start} to {end}"
    steps = format_count(int(trajectory.steps[best]), "step")
    return "rises", f"rises again from {format_number(losses[best])} after {steps} to {end}"


def describe_descent(trajectory: Trajectory, losses: Array, function: Function) -> tuple[str, str]:
    """Classify a descent on a plain function: its outcome, and the same in words."""
    if trajectory.lost_at is not None:
        steps = format_count(trajectory.lost_at, "step")
        return "diverges", f"diverges: lost after {steps}"
    lowest = function.lowest if function.minima else float(losses.min())
    arrived = losses - lowest <= ARRIVED * (losses[0] - lowest)
    if function.minima and arrived[-1]:
        # The first point from which on it stays near the minimum.
        first = len(arrived) - int(np.logical_and.accumulate(arrived[::-1]).sum())
        steps = format_count(int(trajectory.steps[first]), "step")
        minimum = _name_minimum(function, trajectory.points[-1])
        return "arrives", f"arrives{minimum} after {steps}"
    steps = format_count(int(trajectory.steps[-1]), "step")
    progress = f"down to {format_number(losses[-1])} after {steps}"
    if function.minima:
        progress = f"still {format_number(losses[-1] - lowest)} above the minimum after {steps}"
    goes_up = np.diff(losses)[(len(losses) - 1) // 2 :] > 0
    if goes_up.mean() > BOUNCING or losses.max() > losses[0]:
        return "bounces", f"bounces around: {progress}"
    # Without known minima, the distance left is unknown too.
    return ("crawls", f"crawls: {progress}") if function.minima else ("descends", progress)


def _name_minimum(function: Function, point: Array) -> str:
    """Name the nearest minimum if there are several."""
    if len(function.minima) < 2:
        return ""
    x, y = min(function.minima, key=lambda minimum: float(np.hypot(*(np.array(minimum) - point))))
    # Without a space, so that no line is broken there.
    return f" at ({x:.3g},{y:.3g})"
