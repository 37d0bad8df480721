"""Descents on a plain function of two parameters, for each learning rate."""

import time
from collections.abc import Sequence

import numpy as np

from losslab.core.errors import OptionError
from losslab.experiment.landscape.function import Function
from losslab.experiment.landscape.plane import places_of
from losslab.experiment.landscape.result import Array, LandscapeResult, Path, Surface
from losslab.experiment.landscape.settings import LandscapeSettings
from losslab.experiment.landscape.trajectory import (
    Trajectory,
    function_outcome,
    function_trajectory,
)
from losslab.experiment.options import NamedOption
from losslab.training.catalog import OPTIMIZERS

# A descent is lost once it is so many views away from the middle of the view.
LOST = 10.0
RESOLUTION = 201


def compute_function_landscape(function: Function, settings: LandscapeSettings) -> LandscapeResult:
    """Go down a plain function by every optimizer at every learning rate."""
    started = time.perf_counter()
    steps = settings.epochs or function.steps
    side = settings.resolution or RESOLUTION
    x, y = (np.linspace(low, high, side) for low, high in function.view)
    values = function.at(places_of(x, y)).reshape(len(y), len(x))
    if not np.isfinite(function.at(np.array([function.start]))).all():
        raise OptionError(
            f"needed a finite value of {function.name!r} at its start",
            got=f"none at {function.start}",
            fix="another start",
        )
    surfaces = tuple(
        Surface(
            title=title,
            x=x,
            y=y,
            values=values,
            axes=("x", "y"),
            explained=(),
            minima=function.minima,
            n_parameters=2,
            paths=tuple(
                _path(function, optimizer, rate, steps)
                for optimizer, rate in zip(settings.optimizer, rates, strict=True)
            ),
        )
        for title, rates in _columns(function, settings)
    )
    return LandscapeResult(
        name=function.name,
        formula=function.formula,
        n_rows=0,
        steps_an_epoch=0,
        quantity=f"{function.name}(x, y)",
        plane="",
        surfaces=surfaces,
        lowest=function.lowest,
        settings={"start": str(function.start), "steps": str(steps)},
        notes=(function.summary,) if function.summary else (),
        seconds=time.perf_counter() - started,
    )


def _columns(function: Function, settings: LandscapeSettings) -> list[tuple[str, Sequence[float]]]:
    """For each picture its title and the learning rate of each optimizer."""
    if settings.lr is not None:
        return [(f"lr {rate:.3g}", [rate] * len(settings.optimizer)) for rate in settings.lr]
    own = [_three_rates(function, optimizer) for optimizer in settings.optimizer]
    titles = ("small steps", "medium steps", "large steps")
    return list(zip(titles, zip(*own, strict=True), strict=True))


def _three_rates(function: Function, optimizer: NamedOption) -> tuple[float, ...]:
    """The function's own, else the ends and the middle of what is tried elsewhere."""
    rates = OPTIMIZERS[optimizer.name].learning_rates
    usual = (rates[0], rates[len(rates) // 2], rates[-1])
    return function.learning_rates.get(optimizer.name, usual)


def _path(function: Function, optimizer: NamedOption, rate: float, steps: int) -> Path:
    settings = dict(optimizer.settings)
    trail = _cut(function_trajectory(function, optimizer.name, settings, rate, steps), function)
    losses = function.at(trail.points)
    fate = function_outcome(trail, losses, function)
    return Path(
        label=f"{optimizer.label}, lr {rate:.3g}",
        optimizer=optimizer.label,
        lr=rate,
        steps=trail.steps,
        epochs=trail.steps.astype(np.float64),
        places=trail.points,
        loss=losses,
        on_plane=losses,
        away=np.zeros(len(losses)),
        outcome=fate.name,
        description=fate.description,
    )


def _cut(trail: Trajectory, function: Function) -> Trajectory:
    """Leave out what comes after a descent is out of sight, or its value no number."""
    ends: Array = np.array(function.view)
    away = np.abs(trail.points - ends.mean(axis=1)) / np.ptp(ends, axis=1)
    lost = (away > LOST).any(axis=1) | ~np.isfinite(function.at(trail.points))
    return trail.up_to(int(lost.argmax())) if lost.any() else trail
