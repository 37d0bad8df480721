"""The public ``landscape``: a table or a plain function in, its loss surface with paths out."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from losslab.core.errors import OptionError, UnknownNameError
from losslab.core.options import (
    columns,
    flag,
    list_parameters,
    milliseconds,
    output,
    read_options,
    select_options,
    text,
    whole_number,
)
from losslab.core.registry import suggest
from losslab.experiment.monitor import Monitor
from losslab.experiment.options import (
    ActivationOption,
    CountOption,
    HiddenOption,
    LossOptions,
    OptimizerOptions,
    RateOptions,
    SeedOption,
    entry,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from losslab.data.dataset import Dataset
    from losslab.experiment.landscape.function import Function
    from losslab.experiment.landscape.result import LandscapeResult
    from losslab.experiment.landscape.settings import LandscapeSettings
    from losslab.report.landscape.result import Landscape

PathLike = str | os.PathLike[str]

# What a plain function of two parameters has not.
_OF_NETWORKS = (
    *("target", "drop", "features", "task", "impute", "decimal", "separator", "loss"),
    *("hidden", "activation", "batch_size", "plane"),
)


# The options are the interface, one keyword each. The command line and the checks are made from
# this signature and its docstring.
def landscape(  # noqa: PLR0913
    data: "PathLike | pd.DataFrame | Dataset | Function",
    *,
    target: Annotated[str | None, text("COL")] = None,
    drop: Annotated["str | Sequence[str] | None", columns()] = (),
    features: Annotated["str | Sequence[str] | None", columns()] = (),
    task: Annotated[str | None, text("TASK")] = None,
    impute: Annotated[bool, flag()] = False,
    decimal: Annotated[str, text("CHAR")] = ".",
    separator: Annotated[str | None, text("CHAR")] = None,
    loss: LossOptions = None,
    optimizer: OptimizerOptions = "sgd,adam",
    lr: RateOptions = "auto",
    hidden: HiddenOption = (64, 64),
    activation: ActivationOption = "relu",
    epochs: Annotated[int | None, whole_number(1, example="30", optional=True)] = None,
    batch_size: CountOption = 32,
    seed: SeedOption = 0,
    plane: Annotated[str, entry("losslab.experiment.landscape.planes:PLANES")] = "pca",
    resolution: Annotated[int | None, whole_number(3, 301, example="51", optional=True)] = None,
    out: Annotated[PathLike | None, output("losslab-landscape.png")] = None,
    csv: Annotated[PathLike | None, output()] = None,
    gif: Annotated[PathLike | None, output()] = None,
    frame_ms: Annotated[float, milliseconds()] = 200,
    monitor: Monitor | None = None,
) -> "Landscape":
    """Show the surface of a loss, and the paths that optimizers take down it.

    Every optimizer trains the same network from the same start, on all rows; their weights span a
    plane, on which the loss is computed on a grid. What a picture of a plane cannot show is said:
    how much of the paths lies outside, and the true loss at each of their points.

    Args:
        data: the name of a data set, the path of a CSV or Parquet file, a data frame, a data set;
            or a plain function of two parameters: rosenbrock, himmelblau, saddle or valley.
        target: the column to predict; the built-in data sets know theirs.
        drop: columns to leave out.
        features: columns to use, by name or unique prefix; by default, all but the target.
        task: binary, multiclass, regression or count; by default, inferred from the target.
        impute: fill in missing features and flag them, instead of refusing them.
        decimal: the decimal mark of a CSV file.
        separator: the field separator of a CSV file; by default, detected.
        loss: losses by name, as ``module:function`` or, in Python, as objects, one surface each; by
            default, the usual one of the task.
        optimizer: optimizers, with settings as in ``sgd(momentum=0.9)``; all start at the same
            point.
        lr: learning rates, each tried with every optimizer; ``auto`` takes one that suits it and,
            on a plain function, three: too small, about right, too large.
        hidden: widths of the hidden layers, such as ``64,64``, or ``none`` for a linear model.
        activation: the activation function.
        epochs: passes over the rows, 30 by default; steps on a plain function.
        batch_size: rows per step.
        seed: the seed of all random numbers.
        plane: ``pca``, the plane in which the paths vary most, or ``random``, a plane around the
            best end.
        resolution: points along each axis, from 3 to 301; by default 51, or 201 on a plain
            function.
        out: the figures to write, as PNG or SVG.
        csv: a table of the paths to write, one line per point.
        gif: an animation of the descent to write, as GIF or WebP.
        frame_ms: milliseconds that each frame is shown.
        monitor: receives progress; by default, nothing is shown.

    Raises:
        LosslabError: if the table or an option can't be used; nothing is trained or written then.

    Examples:
        >>> found = landscape("moons", epochs=2, hidden=(8,), resolution=5)
        >>> found.frame().optimizer.unique().tolist()
        ['sgd', 'adam']
        >>> landscape("valley", optimizer="sgd", lr=0.1).result.surfaces[0].paths[0].outcome
        'diverges'
    """
    given = dict(locals())
    options = read_options(landscape, given)
    from losslab.experiment.landscape.settings import LandscapeSettings
    from losslab.report.landscape.result import Landscape
    from losslab.report.overwriting import check_outputs, write_outputs

    settings = select_options(LandscapeSettings, options)
    source = os.fspath(data) if isinstance(data, str | os.PathLike) else None
    outputs = {"out": out, "gif": gif, "csv": csv}
    check_outputs(source, outputs, options["frame_ms"])
    result = _compute(data, options, settings, monitor or Monitor())
    written = {"picture": out, "animation": gif, "paths": csv}
    found = Landscape(
        result, {what: os.fspath(file) for what, file in written.items() if file is not None}
    )
    write_outputs(found, outputs, options["frame_ms"])
    return found


def _compute(
    data: Any, options: Mapping[str, Any], settings: "LandscapeSettings", monitor: Monitor
) -> "LandscapeResult":
    from losslab.data.catalog import DATASETS
    from losslab.data.load import load
    from losslab.data.options import TableOptions
    from losslab.experiment.landscape.function_landscape import compute_function_landscape
    from losslab.experiment.landscape.functions import FUNCTIONS
    from losslab.experiment.landscape.network_landscape import compute_network_landscape

    function = _find_function(data)
    if function is not None:
        _refuse_options_of_networks(function, options)
        return compute_function_landscape(function, settings)
    try:
        table = load(data, select_options(TableOptions, options))
    except UnknownNameError as error:
        known = [*DATASETS, *FUNCTIONS]
        fix = f"{suggest(str(data), known)}; for a file of your own, its path and --target COL"
        needed = "needed a data set, a plain function, or the path of a CSV or Parquet file"
        raise UnknownNameError(needed, got=error.got, fix=fix) from error
    return compute_network_landscape(table, options["impute"], settings, monitor)


def _find_function(data: Any) -> "Function | None":
    """Find the plain function that is meant; a data set or a file of its name goes first."""
    from losslab.data.catalog import DATASETS
    from losslab.experiment.landscape.function import Function
    from losslab.experiment.landscape.functions import FUNCTIONS

    if isinstance(data, Function):
        return data
    known = isinstance(data, str) and data in FUNCTIONS
    return FUNCTIONS[data] if known and data not in DATASETS else None


def _refuse_options_of_networks(function: "Function", options: Mapping[str, Any]) -> None:
    parameters = list_parameters(landscape)
    usual = read_options(landscape, {})
    for parameter in map(parameters.__getitem__, _OF_NETWORKS):
        if options[parameter.name] != usual[parameter.name]:
            texts = parameter.option.write(options[parameter.name])
            raise OptionError(
                f"needed no {parameter.flag} for {function.name!r}, a plain function without a "
                "network",
                got=" ".join([parameter.flag, *texts]),
                fix=f"leave {parameter.flag} out",
            )
