"""The surfaces of losses around the training of networks on a table."""

import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from losslab.core.errors import ObjectiveError, OptionError
from losslab.data.dataset import Dataset
from losslab.data.preprocess import Preprocessor
from losslab.experiment.formatting import format_count
from losslab.experiment.landscape.plane import Plane, Trajectories, axes_around, places_of, size_of
from losslab.experiment.landscape.problem import Problem, mean_losses, problem_of
from losslab.experiment.landscape.result import Array, LandscapeResult, Path, Surface
from losslab.experiment.landscape.settings import LandscapeSettings
from losslab.experiment.landscape.trajectory import (
    Trajectory,
    network_outcome,
    network_trajectory,
    sound,
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
    """Train every optimizer from the same start for each loss, and look around.

    Raises:
        LosslabError: if a loss does not fit the table, or no plane can be laid.
    """
    started = time.perf_counter()
    features = Preprocessor(impute=impute).fit(data.X).transform(data.X, np.float32)
    (table,) = prepare_arrays(features, data.y)
    runs = [_runs(loss, settings, data) for loss in _losses(settings, data.task)]
    monitor.say(_plan(runs, settings, len(data)))
    surfaces = tuple(_surface(own, table, settings) for own in runs)
    first = runs[0][0]
    return LandscapeResult(
        name=data.name,
        formula="",
        n_rows=len(data),
        steps_an_epoch=-(-len(data) // settings.batch_size),
        quantity="mean training loss",
        plane=settings.plane_kind.name,
        surfaces=surfaces,
        lowest=float("nan"),
        settings={
            "hidden": ", ".join(map(str, settings.hidden)) or "none",
            "activation": settings.activation,
            "batch size": str(settings.batch_size),
            "epochs": str(first.epochs),
            "seed": str(settings.seed),
        },
        notes=data.notes,
        seconds=time.perf_counter() - started,
    )


def _losses(settings: LandscapeSettings, task: str) -> tuple[Any, ...]:
    return settings.loss or (NamedOption(USUAL_LOSS[task], {}),)


def _runs(loss: Any, settings: LandscapeSettings, data: Dataset) -> list[Run]:
    """One run for each optimizer and learning rate, all from the same start."""
    make = partial(
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
            make(optimizer=optimizer.name, optimizer_params=optimizer.settings, lr=rate)
            for optimizer in settings.optimizer
            for rate in settings.lr or (_usual_rate(optimizer),)
        ]
    except ObjectiveError as error:
        raise ObjectiveError(
            f"--loss {loss.label if isinstance(loss, NamedOption) else loss!r}: {error.needed}",
            got=f"{error.got} (target {data.target!r}, task {data.task})",
            fix=error.fix,
        ) from error


def _usual_rate(optimizer: NamedOption) -> float:
    """The middle of what is tried elsewhere."""
    rates = OPTIMIZERS[optimizer.name].learning_rates
    return rates[len(rates) // 2]


def _plan(runs: Sequence[Sequence[Run]], settings: LandscapeSettings, rows: int) -> str:
    """Say what it will cost."""
    count = sum(map(len, runs))
    steps = runs[0][0].epochs * -(-rows // settings.batch_size)
    side = settings.resolution or RESOLUTION
    return (
        f"{format_count(count, 'run')} of {format_count(steps, 'step')} each, and the loss of "
        f"{format_count(len(runs) * side**2, 'network')} on {format_count(rows, 'row')}"
    )


def _surface(runs: Sequence[Run], table: SplitArrays, settings: LandscapeSettings) -> Surface:
    problem = problem_of(runs[0], table)
    with use_one_thread():
        trails = [network_trajectory(run, problem) for run in runs]
    trails, losses = _cut(trails, problem)
    end = min(range(len(runs)), key=lambda at: losses[at][-1])
    plane = settings.plane_kind.lay(
        Trajectories(
            points=np.concatenate([trail.points for trail in trails]),
            end=trails[end].points[-1],
            sizes=problem.sizes,
            seed=settings.seed,
        )
    )
    places = [plane.places(trail.points) for trail in trails]
    side = settings.resolution or RESOLUTION
    x, y = axes_around(np.concatenate(places), side, settings.plane_kind.reach)
    values = _heights(places_of(x, y), plane, problem).reshape(len(y), len(x))
    return Surface(
        title=problem.objective.label,
        x=x,
        y=y,
        values=values,
        axes=settings.plane_kind.axes(plane.explained),
        explained=plane.explained,
        minima=(),
        n_parameters=size_of(problem.sizes),
        paths=tuple(
            _path(run, trail, loss, plane, problem)
            for run, trail, loss in zip(runs, trails, losses, strict=True)
        ),
    )


def _cut(trails: Sequence[Trajectory], problem: Problem) -> tuple[list[Trajectory], list[Array]]:
    """Compute true losses, and leave out of each trail what comes after it has diverged."""
    points = np.concatenate([trail.points for trail in trails])
    every = mean_losses(problem, len(points), lambda part: points[part])
    losses = np.split(every, np.cumsum([len(trail.points) for trail in trails])[:-1])
    if not np.isfinite(every[0]):
        raise OptionError(
            "needed a finite loss at the start",
            got=f"{every[0]:g}",
            fix="another --loss, or another --seed",
        )
    lowest = float(every[np.isfinite(every)].min())
    kept = [sound(own, lowest) for own in losses]
    _refuse_if_all_diverge(trails, kept)
    cut = [trail.up_to(count) for trail, count in zip(trails, kept, strict=True)]
    return cut, [own[:count] for own, count in zip(losses, kept, strict=True)]


def _refuse_if_all_diverge(trails: Sequence[Trajectory], kept: Sequence[int]) -> None:
    pairs = zip(trails, kept, strict=True)
    if all(count == 1 and (trail.lost_at or len(trail.points) > 1) for trail, count in pairs):
        raise OptionError(
            "needed at least one run that goes down",
            got="only such as diverge in their first step",
            fix="a smaller learning rate: --lr auto",
        )


def _heights(places: Array, plane: Plane, problem: Problem) -> Array:
    return mean_losses(problem, len(places), lambda part: plane.points(places[part]))


def _path(run: Run, trail: Trajectory, losses: Array, plane: Plane, problem: Problem) -> Path:
    steps_an_epoch = -(-len(problem.features) // run.batch_size)
    places = plane.places(trail.points)
    fate = network_outcome(trail, losses, steps_an_epoch)
    optimizer = NamedOption(run.optimizer, run.optimizer_params).label
    return Path(
        label=f"{optimizer}, lr {run.lr:.3g}",
        optimizer=optimizer,
        lr=run.lr,
        steps=trail.steps,
        epochs=trail.steps / steps_an_epoch,
        places=places,
        loss=losses,
        on_plane=_heights(places, plane, problem),
        away=plane.away(trail.points),
        outcome=fate.name,
        description=fate.description,
    )
