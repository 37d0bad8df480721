"""Descents on a plain function of two parameters, at several learning rates."""

import time
from collections.abc import Sequence

import numpy as np

from losslab.core.errors import OptionError
from losslab.experiment.landscape.function import Function
from losslab.experiment.landscape.plane import list_places
from losslab.experiment.landscape.result import Array, LandscapeResult, Path, Surface
from losslab.experiment.landscape.settings import LandscapeSettings
from losslab.experiment.landscape.trajectory import describe_descent, record_descent
from losslab.experiment.options import NamedOption
from losslab.training.catalog import OPTIMIZERS

# A descent is lost at this many widths of the view from its center.
LOST = 10.0
RESOLUTION = 201


def compute_function_landscape(function: Function, settings: LandscapeSettings) -> LandscapeResult:
    """Minimize a plain function with every optimizer at every learning rate."""
    started = time.perf_counter()
    steps = settings.epochs or function.steps
    resolution = settings.resolution or RESOLUTION
    x, y = (np.linspace(low, high, resolution) for low, high in function.view)
    if not np.isfinite(function.evaluate(np.array([function.start]))).all():
        raise OptionError(
            f"needed a finite value of {function.name!r} at its start",
            got=f"none at {function.start}",
            fix="another start",
        )
    values = function.evaluate(list_places(x, y)).reshape(len(y), len(x))
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
                _make_path(function, optimizer, rate, steps)
                for optimizer, rate in zip(settings.optimizer, rates, strict=True)
            ),
        )
        for title, rates in _choose_learning_rates(function, settings)
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


def _choose_learning_rates(
    function: Function, settings: LandscapeSettings
) -> list[tuple[str, Sequence[float]]]:
    """Choose for each surface its title and the learning rate of each optimizer."""
    if settings.lr is not None:
        return [(f"lr {rate:.3g}", [rate] * len(settings.optimizer)) for rate in settings.lr]
    rates = []
    for optimizer in settings.optimizer:
        grid = OPTIMIZERS[optimizer.name].learning_rates
        ends_and_middle = (grid[0], grid[len(grid) // 2], grid[-1])
        rates.append(function.learning_rates.get(optimizer.name, ends_and_middle))
    titles = ("small steps", "medium steps", "large steps")
    return list(zip(titles, zip(*rates, strict=True), strict=True))


def _make_path(function: Function, optimizer: NamedOption, rate: float, steps: int) -> Path:
    trajectory = record_descent(function, optimizer.name, optimizer.settings, rate, steps)
    ends: Array = np.array(function.view)
    distances = np.abs(trajectory.points - ends.mean(axis=1)) / np.ptp(ends, axis=1)
    lost = (distances > LOST).any(axis=1) | ~np.isfinite(function.evaluate(trajectory.points))
    if lost.any():
        trajectory = trajectory.truncate(int(lost.argmax()))
    losses = function.evaluate(trajectory.points)
    outcome, description = describe_descent(trajectory, losses, function)
    return Path(
        label=f"{optimizer.label}, lr {rate:.3g}",
        optimizer=optimizer.label,
        lr=rate,
        steps=trajectory.steps,
        epochs=trajectory.steps.astype(np.float64),
        places=trajectory.points,
        loss=losses,
        on_plane=losses,
        away=np.zeros(len(losses)),
        outcome=outcome,
        description=description,
    )
