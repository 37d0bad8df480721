"""Where a descent went: weights from the start on, by the plain trainer or on a plain function."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from losslab.experiment.landscape.function import Function
from losslab.experiment.landscape.problem import Problem
from losslab.experiment.landscape.weights import row_of
from losslab.training.catalog import OPTIMIZERS
from losslab.training.initial import batch_order, initial_weights
from losslab.training.mlp import MLP
from losslab.training.run import Run
from losslab.training.trainer import Trainer


@dataclass(frozen=True, kw_only=True, eq=False)
class Trail:
    """The points of one descent.

    Args:
        points: ``(T, P)``, all finite; the start first.
        steps: after how many steps each was reached, ``(T,)``.
        lost_at: the step at which a number was no longer finite; None if none.
    """

    points: NDArray[np.float64]
    steps: NDArray[np.int64]
    lost_at: int | None

    def up_to(self, count: int) -> "Trail":
        """Its first ``count`` points; it is lost after them."""
        if count == len(self.points):
            return self
        return Trail(
            points=self.points[:count], steps=self.steps[:count], lost_at=int(self.steps[count])
        )


def network_trail(run: Run, problem: Problem) -> Trail:
    """Train one network by ``Trainer`` and keep its weights after each epoch.

    Of the first epoch, in which most happens, those after 1, 2, 4, 8, ... steps are kept too.
    """
    model = MLP(problem.sizes[0], run.hidden, problem.sizes[-1], run.activation)
    model.to(problem.features.dtype)
    model.set_weights(initial_weights(problem.sizes, run.seed))
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
        order = torch.from_numpy(batch_order(count, run.seed, epoch))
        batches = torch.split(order, run.batch_size)
        for number, rows in enumerate(batches, start=1):
            trainer.step(problem.features[rows], problem.target[rows])
            done += 1
            early = epoch == 0 and number & (number - 1) == 0
            if early or number == len(batches):
                yield done


def function_trail(
    function: Function, optimizer: str, settings: dict[str, float], lr: float, steps: int
) -> Trail:
    """Go down a plain function by ``torch.optim``, with exact gradients by autograd."""
    place = torch.tensor(function.start, dtype=torch.float64, requires_grad=True)
    moves = OPTIMIZERS[optimizer].for_parameters([place], lr, settings)
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


def _trail(found: list[tuple[int, NDArray[np.float64]]], lost_at: int | None) -> Trail:
    steps, points = zip(*found, strict=True)
    return Trail(points=np.stack(points), steps=np.array(steps), lost_at=lost_at)
