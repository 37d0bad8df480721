"""Where a descent went, step by step, and what became of it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from losslab.experiment.formatting import format_count, format_number
from losslab.experiment.landscape.function import Function
from losslab.experiment.landscape.plane import row_of
from losslab.experiment.landscape.problem import Problem
from losslab.training.catalog import OPTIMIZERS
from losslab.training.initialization import draw_batch_order, draw_weights
from losslab.training.mlp import MLP
from losslab.training.run import Run
from losslab.training.trainer.trainer import Trainer


@dataclass(frozen=True, kw_only=True, eq=False)
class Trajectory:
    """The points of one descent.

    Args:
        points: ``(T, P)``, all finite; the start first.
        steps: after how many steps each was reached, ``(T,)``.
        lost_at: the step at which a number was no longer finite; None if none.
    """

    points: NDArray[np.float64]
    steps: NDArray[np.int64]
    lost_at: int | None

    def up_to(self, count: int) -> "Trajectory":
        """Its first ``count`` points; it is lost after them."""
        if count == len(self.points):
            return self
        return Trajectory(
            points=self.points[:count], steps=self.steps[:count], lost_at=int(self.steps[count])
        )


def network_trajectory(run: Run, problem: Problem) -> Trajectory:
    """Train one network by ``Trainer`` and keep its weights after each epoch.

    Of the first epoch, in which most happens, those after 1, 2, 4, 8, ... steps are kept too.
    """
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
    found = [(0, row_of(model.get_weights()))]
    for step in _train(trainer, run, problem):
        point = row_of(model.get_weights())
        if not np.isfinite(point).all():
            return _trail(found, lost_at=step)
        found.append((step, point))
    return _trail(found, lost_at=None)


def _train(trainer: Trainer, run: Run, problem: Problem) -> Iterator[int]:
    """Train, and yield the number of steps so far wherever the weights should be kept."""
    count, done = len(problem.features), 0
    trainer.model.train()
    for epoch in range(run.epochs):
        order = torch.from_numpy(draw_batch_order(count, run.seed, epoch))
        batches = torch.split(order, run.batch_size)
        for number, rows in enumerate(batches, start=1):
            trainer.step(problem.features[rows], problem.target[rows])
            done += 1
            early = epoch == 0 and number & (number - 1) == 0
            if early or number == len(batches):
                yield done


def function_trajectory(
    function: Function, optimizer: str, settings: dict[str, float], lr: float, steps: int
) -> Trajectory:
    """Go down a plain function by ``torch.optim``, with exact gradients by autograd."""
    place = torch.tensor(function.start, dtype=torch.float64, requires_grad=True)
    moves = OPTIMIZERS[optimizer].build([place], lr, settings)
    found = [(0, place.detach().numpy().copy())]
    for step in range(1, steps + 1):
        moves.zero_grad()
        function.fn(*place.unbind()).backward()  # type: ignore[no-untyped-call]
        moves.step()
        point = place.detach().numpy().copy()
        if not np.isfinite(point).all():
            return _trail(found, lost_at=step)
        found.append((step, point))
    return _trail(found, lost_at=None)


def _trail(found: list[tuple[int, NDArray[np.float64]]], lost_at: int | None) -> Trajectory:
    steps, points = zip(*found, strict=True)
    return Trajectory(points=np.stack(points), steps=np.array(steps), lost_at=lost_at)


# A descent whose loss rises so many times above where it started has diverged, finite or not.
FAR = 10.0
# Of the way down to the minimum: what is left once a descent has arrived.
ARRIVED = 1e-3
# The share of upward steps in the second half from which on a descent bounces.
BOUNCY = 0.2

Losses = NDArray[np.float64]


@dataclass(frozen=True)
class DescentOutcome:
    """What became of a descent.

    Args:
        name: arrives, descends, rises, crawls, bounces, stays or diverges.
        description: the same in words.
    """

    name: str
    description: str


def sound(losses: Losses, lowest: float) -> int:
    """How many points of a descent to keep: those before its loss is out of all proportion.

    Args:
        losses: at each point, ``(T,)``; the first is the start's.
        lowest: the lowest loss of all descents.

    >>> sound(np.array([1.0, 5.0, 90.0, 2.0]), 0.0)
    2
    """
    limit = losses[0] + (FAR - 1) * max(abs(losses[0]), losses[0] - lowest)
    wild = ~(np.isfinite(losses) & (losses <= limit))
    return int(wild.argmax()) if wild.any() else len(losses)


def network_outcome(trail: Trajectory, losses: Losses, steps_an_epoch: int) -> DescentOutcome:
    """Say how far a network got, in epochs."""
    if trail.lost_at is not None:
        epoch = -(-trail.lost_at // steps_an_epoch)
        return DescentOutcome("diverges", f"diverges in epoch {epoch}")
    epochs = format_count(round(float(trail.steps[-1]) / steps_an_epoch), "epoch")
    if (trail.points == trail.points[0]).all():
        return DescentOutcome("stays", f"does not move in {epochs}")
    best = int(losses.argmin())
    if losses[-1] - losses[best] > 0.05 * (losses[0] - losses[best]):
        after = f" after {format_count(int(trail.steps[best]), 'step')}" if best else ""
        again = " again" if best else ""
        told = (
            f"rises{again} from {format_number(losses[best])}{after} to {format_number(losses[-1])}"
        )
        return DescentOutcome("rises", told)
    told = f"from {format_number(losses[0])} to {format_number(losses[-1])} in {epochs}"
    return DescentOutcome("descends", told)


def function_outcome(trail: Trajectory, losses: Losses, function: Function) -> DescentOutcome:
    """Say whether a descent reaches a minimum, crawls towards it, bounces around or diverges."""
    if trail.lost_at is not None:
        return DescentOutcome(
            "diverges", f"diverges: lost after {format_count(trail.lost_at, 'step')}"
        )
    steps = format_count(int(trail.steps[-1]), "step")
    bottom = function.lowest if function.minima else float(losses.min())
    reached = losses - bottom <= ARRIVED * (losses[0] - bottom)
    if function.minima and reached[-1]:
        # From when on it stays there.
        first = len(reached) - int(np.logical_and.accumulate(reached[::-1]).sum())
        after = format_count(int(trail.steps[first]), "step")
        return DescentOutcome(
            "arrives", f"arrives{_where(function, trail.points[-1])} after {after}"
        )
    ups = np.diff(losses)[(len(losses) - 1) // 2 :] > 0
    overshoots = ups.mean() > BOUNCY or losses.max() > losses[0]
    told = f"down to {format_number(losses[-1])}"
    if function.minima:
        told = f"still {format_number(losses[-1] - bottom)} above the minimum"
    if overshoots:
        return DescentOutcome("bounces", f"bounces around: {told} after {steps}")
    if not function.minima:  # how far there is to go is not known
        return DescentOutcome("descends", f"{told} after {steps}")
    return DescentOutcome("crawls", f"crawls: {told} after {steps}")


def _where(function: Function, point: Losses) -> str:
    """Name the minimum, if there are several."""
    if len(function.minima) < 2:
        return ""
    x, y = min(function.minima, key=lambda one: float(np.hypot(*(np.array(one) - point))))
    # Without a space, so that no line is broken there.
    return f" at ({x:.3g},{y:.3g})"
