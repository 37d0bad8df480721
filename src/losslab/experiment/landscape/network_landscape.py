"""The loss around the training of networks on a table."""

import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from losslab.core.errors import ObjectiveError, OptionError
from losslab.data.dataset import Dataset
from losslab.data.preprocess import Preprocessor
from losslab.experiment.formatting import format_count
from losslab.experiment.landscape.plane import (
    Plane,
    Trajectories,
    count_weights,
    list_places,
    make_axes,
)
from losslab.experiment.landscape.problem import Problem, compute_mean_losses, make_problem
from losslab.experiment.landscape.result import Array, LandscapeResult, Path, Surface
from losslab.experiment.landscape.settings import LandscapeSettings
from losslab.experiment.landscape.trajectory import (
    Trajectory,
    count_before_divergence,
    describe_training,
    record_training,
)
from losslab.experiment.monitor import Monitor
from losslab.experiment.options import NamedOption, loss_arguments
from losslab.objectives.catalog import USUAL_LOSS
from losslab.training.catalog import OPTIMIZERS
from losslab.training.run import Run
from losslab.training.split_arrays import SplitArrays, prepare_arrays
from losslab.training.threads import use_one_thread

EPOCHS, RESOLUTION = 30, 51


def compute_network_landscape(
    data: Dataset, impute: bool, settings: LandscapeSettings, monitor: Monitor
) -> LandscapeResult:
    """Train every optimizer from the same start for each loss, and compute the loss around.

    Raises:
        LosslabError: if a loss does not fit the table, or no plane can be chosen.
    """
    started = time.perf_counter()
    features = Preprocessor(impute=impute).fit(data.X).transform(data.X, np.float32)
    (table,) = prepare_arrays(features, data.y)
    losses = settings.loss or (NamedOption(USUAL_LOSS[data.task], {}),)
    runs = [_make_runs(loss, settings, data) for loss in losses]
    epochs = runs[0][0].epochs
    steps_per_epoch = -(-len(data) // settings.batch_size)
    resolution = settings.resolution or RESOLUTION
    monitor.say(
        f"{format_count(sum(map(len, runs)), 'run')} of "
        f"{format_count(epochs * steps_per_epoch, 'step')} each, and the loss of "
        f"{format_count(len(runs) * resolution**2, 'network')} on {format_count(len(data), 'row')}"
    )
    return LandscapeResult(
        name=data.name,
        formula="",
        n_rows=len(data),
        steps_an_epoch=steps_per_epoch,
        quantity="mean training loss",
        plane=settings.plane_kind.name,
        surfaces=tuple(_compute_surface(same_loss, table, settings) for same_loss in runs),
        lowest=float("nan"),
        settings={
            "hidden": ", ".join(map(str, settings.hidden)) or "none",
            "activation": settings.activation,
            "batch size": str(settings.batch_size),
            "epochs": str(epochs),
            "seed": str(settings.seed),
        },
        notes=data.notes,
        seconds=time.perf_counter() - started,
    )


def _make_runs(loss: Any, settings: LandscapeSettings, data: Dataset) -> list[Run]:
    """Make one run for each optimizer and learning rate, all with the same initial weights."""
    make_run = partial(
        Run,
        **loss_arguments(loss),
        task=data.task,
        n_classes=len(data.classes) or None,
        hidden=settings.hidden,
        activation=settings.activation,
        batch_size=settings.batch_size,
        epochs=settings.epochs or EPOCHS,
        seed=settings.seed,
    )
    try:
        return [
            make_run(optimizer=optimizer.name, optimizer_params=optimizer.settings, lr=rate)
            for optimizer in settings.optimizer
            for rate in settings.lr or (_choose_learning_rate(optimizer),)
        ]
    except ObjectiveError as error:
        raise ObjectiveError(
            f"--loss {loss.label if isinstance(loss, NamedOption) else loss!r}: {error.needed}",
            got=f"{error.got} (target {data.target!r}, task {data.task})",
            fix=error.fix,
        ) from error


def _choose_learning_rate(optimizer: NamedOption) -> float:
    grid = OPTIMIZERS[optimizer.name].learning_rates
    return grid[len(grid) // 2]


def _compute_surface(
    runs: Sequence[Run], table: SplitArrays, settings: LandscapeSettings
) -> Surface:
    problem = make_problem(runs[0], table)
    with use_one_thread():
        complete = [record_training(run, problem) for run in runs]
    trajectories, losses = _truncate_diverged(complete, problem)
    best = min(range(len(runs)), key=lambda index: losses[index][-1])
    plane = settings.plane_kind.choose(
        Trajectories(
            points=np.concatenate([trajectory.points for trajectory in trajectories]),
            end=trajectories[best].points[-1],
            sizes=problem.sizes,
            seed=settings.seed,
        )
    )
    places = [plane.project(trajectory.points) for trajectory in trajectories]
    resolution = settings.resolution or RESOLUTION
    x, y = make_axes(np.concatenate(places), resolution, settings.plane_kind.reach)
    values = _compute_on_plane(list_places(x, y), plane, problem).reshape(len(y), len(x))
    return Surface(
        title=problem.objective.label,
        x=x,
        y=y,
        values=values,
        axes=settings.plane_kind.axes(plane.explained),
        explained=plane.explained,
        minima=(),
        n_parameters=count_weights(problem.sizes),
        paths=tuple(
            _make_path(run, trajectory, loss, plane, problem)
            for run, trajectory, loss in zip(runs, trajectories, losses, strict=True)
        ),
    )


def _truncate_diverged(
    trajectories: Sequence[Trajectory], problem: Problem
) -> tuple[list[Trajectory], list[Array]]:
    """Compute true losses, and drop what follows after a trajectory has diverged."""
    lengths = [len(trajectory.points) for trajectory in trajectories]
    points = np.concatenate([trajectory.points for trajectory in trajectories])
    losses = compute_mean_losses(problem, len(points), lambda part: points[part])
    if not np.isfinite(losses[0]):
        raise OptionError(
            "needed a finite loss at the start",
            got=f"{losses[0]:g}",
            fix="another --loss, or another --seed",
        )
    lowest = float(losses[np.isfinite(losses)].min())
    kept_trajectories, kept_losses = [], []
    ends = np.cumsum(lengths)[:-1]
    for trajectory, complete in zip(trajectories, np.split(losses, ends), strict=True):
        count = count_before_divergence(complete, lowest)
        kept_trajectories.append(trajectory.truncate(count))
        kept_losses.append(complete[:count])
    if all(len(kept.points) == 1 and kept.lost_at for kept in kept_trajectories):
        raise OptionError(
            "needed at least one run that goes down",
            got="runs that all diverge in their first step",
            fix="a smaller learning rate: --lr auto",
        )
    return kept_trajectories, kept_losses


def _compute_on_plane(places: Array, plane: Plane, problem: Problem) -> Array:
    return compute_mean_losses(problem, len(places), lambda part: plane.embed(places[part]))


def _make_path(
    run: Run, trajectory: Trajectory, losses: Array, plane: Plane, problem: Problem
) -> Path:
    steps_per_epoch = -(-len(problem.features) // run.batch_size)
    places = plane.project(trajectory.points)
    outcome, description = describe_training(trajectory, losses, steps_per_epoch)
    optimizer = NamedOption(run.optimizer, run.optimizer_params).label
    return Path(
        label=f"{optimizer}, lr {run.lr:.3g}",
        optimizer=optimizer,
        lr=run.lr,
        steps=trajectory.steps,
        epochs=trajectory.steps / steps_per_epoch,
        places=places,
        loss=losses,
        on_plane=_compute_on_plane(places, plane, problem),
        away=plane.measure_distances(trajectory.points),
        outcome=outcome,
        description=description,
    )
