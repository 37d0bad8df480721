"""The public ``landscape``: a table or a plain function in, its loss surface with paths out."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from losslab.core.errors import OptionError, UnknownNameError
from losslab.core.registry import suggest
from losslab.data.catalog import DATASETS
from losslab.data.dataset import Dataset
from losslab.data.load import load
from losslab.experiment.landscape.catalog import FUNCTIONS
from losslab.experiment.landscape.function import Function
from losslab.experiment.landscape.function_landscape import compute_function_landscape
from losslab.experiment.landscape.network_landscape import compute_network_landscape
from losslab.experiment.landscape.result import LandscapeResult
from losslab.experiment.landscape.settings import LandscapeSettings
from losslab.experiment.monitor import Monitor, SilentMonitor
from losslab.experiment.options import parse_values
from losslab.report.landscape.result import Landscape
from losslab.report.overwriting import check_outputs
from losslab.report.penalty.penalty_path import table_options

if TYPE_CHECKING:
    import pandas as pd

PathLike = str | os.PathLike[str]

# What a plain function of two parameters has not.
_OF_NETWORKS = (
    *("target", "drop", "features", "task", "impute", "decimal", "separator", "loss"),
    *("hidden", "activation", "batch_size", "plane"),
)


# The options are the interface, one keyword each, named as on the command line.
def landscape(  # noqa: PLR0913
    data: "PathLike | pd.DataFrame | Dataset | Function",
    *,
    target: str | None = None,
    drop: Any = (),
    features: Any = (),
    task: str | None = None,
    impute: bool = False,
    decimal: str = ".",
    separator: str | None = None,
    loss: Any = None,
    optimizer: Any = "sgd,adam",
    lr: Any = "auto",
    hidden: Any = (64, 64),
    activation: str = "relu",
    epochs: int | None = None,
    batch_size: int = 32,
    seed: int = 0,
    plane: str = "pca",
    resolution: int | None = None,
    out: PathLike | None = None,
    csv: PathLike | None = None,
    gif: PathLike | None = None,
    frame_ms: float = 200,
    monitor: Monitor | None = None,
) -> Landscape:
    """Show the surface of a loss, and the paths that optimizers take down it.

    Every optimizer trains the same network from the same start, on all rows; their weights span a
    plane, on which the loss is computed on a grid. What a picture of a plane cannot show is said:
    how much of the paths lies outside, and the true loss at each of their points.

    Args:
        data: the name of a data set, the path of a CSV or Parquet file, a data frame, a data set;
            or a plain function of two parameters: rosenbrock, himmelblau, saddle or valley.
        target: the column to predict; needed for all but known data sets.
        drop: columns to leave out; in one text with commas between, or in a list.
        features: columns to keep; by default all but the target.
        task: binary, multiclass, regression or count; inferred from the target by default.
        impute: fill in missing features, with an indicator, instead of refusing them.
        decimal: the decimal mark of a CSV file.
        separator: what separates the fields of a CSV file; found by itself by default.
        loss: names, ``module:function``, ``Loss`` objects or callables, each a picture of its own;
            the task's usual one by default.
        optimizer: names, with settings as in ``"sgd(momentum=0.9)"``; all start at one point.
        lr: learning rates, each tried with every optimizer; ``auto`` takes one that suits it, and
            on a plain function three: too small, about right, too large.
        hidden: widths of the hidden layers.
        activation: the function between layers.
        epochs: passes over the rows, 30 by default; on a plain function, steps.
        batch_size: rows per step.
        seed: what all randomness derives from.
        plane: ``pca``, along which the paths vary most, or ``random``, in the weights' own scale.
        resolution: points of the grid along each axis, 3 to 301; 51 by default, or 201 on a plain
            function.
        out: where to write the figures, as PNG or SVG.
        csv: where to write the paths, one line per point.
        gif: where to write the descent, as GIF or WebP.
        frame_ms: how many milliseconds each of its frames stands.
        monitor: who is told about progress.

    Raises:
        LosslabError: if table or options can't be used; nothing is trained or written then.

    Example
        >>> found = landscape("moons", epochs=2, hidden=(8,), resolution=5)
        >>> found.frame().optimizer.unique().tolist()
        ['sgd', 'adam']
        >>> landscape("valley", optimizer="sgd", lr=0.1).survey.surfaces[0].paths[0].outcome
        'diverges'
    """
    given = dict(locals())
    settings = LandscapeSettings.read(given)
    source = os.fspath(data) if isinstance(data, str | os.PathLike) else None
    check_outputs(source, {"out": out, "csv": csv, "gif": gif}, frame_ms)
    survey = _survey(data, given, settings, monitor or SilentMonitor())
    written = {
        what: os.fspath(place)
        for what, place in (("picture", out), ("animation", gif), ("paths", csv))
        if place is not None
    }
    found = Landscape(survey, written)
    if out is not None:
        found.picture(out)
    if gif is not None:
        found.gif(gif, frame_ms)
    if csv is not None:
        found.to_csv(csv)
    return found


def _survey(
    data: Any, given: Mapping[str, Any], settings: LandscapeSettings, monitor: Monitor
) -> LandscapeResult:
    function = _function(data)
    if function is not None:
        _refuse_options_of_networks(function, given)
        return compute_function_landscape(function, settings)
    try:
        table = load(data, table_options({**given, "groups": None}))
    except UnknownNameError as error:
        known = [*DATASETS, *FUNCTIONS]
        fix = f"{suggest(str(data), known)}; for a file of your own, its path and --target COL"
        needed = "needed a data set, a plain function, or the path of a CSV or Parquet file"
        raise UnknownNameError(needed, got=error.got, fix=fix) from error
    return compute_network_landscape(table, given["impute"], settings, monitor)


def _function(data: Any) -> Function | None:
    """The plain function that is meant; a data set or a file of its name goes first."""
    if isinstance(data, Function):
        return data
    known = isinstance(data, str) and data in FUNCTIONS
    return FUNCTIONS[data] if known and data not in DATASETS else None


def _refuse_options_of_networks(function: Function, given: Mapping[str, Any]) -> None:
    for name in _OF_NETWORKS:
        if _texts(given[name]) != _texts(_DEFAULTS[name]):
            option = f"--{name.replace('_', '-')}"
            raise OptionError(
                f"needed no {option} for {function.name!r}, a plain function without a network",
                got=f"{option} {','.join(_texts(given[name]))}",
                fix=f"leave {option} out",
            )


def _texts(value: Any) -> list[str]:
    return [str(part) for part in parse_values(value)]


_DEFAULTS: dict[str, Any] = dict(landscape.__kwdefaults__ or {})
