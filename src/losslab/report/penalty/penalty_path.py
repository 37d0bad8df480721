"""The public ``penalty_path``: a table and options in, a regularisation path out."""

import os
from typing import TYPE_CHECKING, Annotated

from losslab.core.options import (
    columns,
    flag,
    format_command,
    milliseconds,
    names,
    output,
    read_options,
    select_options,
    text,
)
from losslab.experiment.monitor import Monitor
from losslab.experiment.options import (
    ActivationOption,
    CountOption,
    HeadOption,
    HiddenOption,
    LossOption,
    MetricOption,
    OptimizerOption,
    RateOption,
    ScheduleOption,
    SeedOption,
)
from losslab.experiment.penalty_path.settings import (
    AlphaRange,
    KindOption,
    MixOption,
    ShareOption,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from losslab.data.dataset import Dataset
    from losslab.report.penalty.result import PenaltyPath

PathLike = str | os.PathLike[str]


# The options are the interface, one keyword each. The command line, the checks and the command
# that repeats a path are made from this signature and its docstring.
def penalty_path(  # noqa: PLR0913
    data: "PathLike | pd.DataFrame | Dataset",
    *,
    kind: KindOption = "l2",
    alphas: AlphaRange = "1e-4:1e2:24",
    l1_ratio: MixOption = None,
    target: Annotated[str | None, text("COL")] = None,
    drop: Annotated["str | Sequence[str] | None", columns()] = (),
    features: Annotated["str | Sequence[str] | None", columns()] = (),
    classes: Annotated["str | int | Sequence[str | int] | None", names()] = (),
    task: Annotated[str | None, text("TASK")] = None,
    groups: Annotated[str | None, text("COL")] = None,
    impute: Annotated[bool, flag()] = False,
    decimal: Annotated[str, text("CHAR")] = ".",
    separator: Annotated[str | None, text("CHAR")] = None,
    seeds: CountOption = 5,
    test_size: ShareOption = 0.2,
    loss: LossOption = None,
    head: HeadOption = None,
    hidden: HiddenOption = (64,),
    activation: ActivationOption = "relu",
    optimizer: OptimizerOption = "adam",
    lr: RateOption = None,
    schedule: ScheduleOption = "cosine",
    batch_size: CountOption = 32,
    epochs: CountOption = 300,
    seed: SeedOption = 0,
    metric: MetricOption = None,
    out: Annotated[PathLike | None, output("losslab-penalty.png")] = None,
    csv: Annotated[PathLike | None, output()] = None,
    gif: Annotated[PathLike | None, output()] = None,
    frame_ms: Annotated[float, milliseconds()] = 500,
    monitor: Monitor | None = None,
) -> "PenaltyPath":
    """Train a network at every strength of a penalty, and choose one.

    Every repetition holds out other rows at random and starts from other weights, both the same
    for all alphas. Features are standardised on the training rows, and the last weights count.

    Args:
        data: the name of a data set, the path of a CSV or Parquet file, a data frame, a data set.
        kind: the penalty: l1, l2, elastic_net, group_lasso or weight_decay.
        alphas: its strengths: ``low:high:count`` in equal ratios, or a rising list.
        l1_ratio: the share of L1 in elastic_net, from 0 to 1; 0.5 by default.
        target: the column to predict; the built-in data sets know theirs.
        drop: columns to leave out.
        features: columns to use, by name or unique prefix; by default, all but the target.
        classes: classes to keep, by name or unique prefix; by default, all.
        task: binary, multiclass, regression or count; by default, inferred from the target.
        groups: a column whose equal values stay together in a split.
        impute: fill in missing features and flag them, instead of refusing them.
        decimal: the decimal mark of a CSV file.
        separator: the field separator of a CSV file; by default, detected.
        seeds: repetitions, each with a split and initial weights of its own.
        test_size: the share of rows to hold out.
        loss: a loss by name, as ``module:function`` or, in Python, as an object; by default, the
            usual one of the task. ``mse`` with head ``identity`` and no hidden layer is the ridge
            classifier.
        head: the output head; by default, the usual one of the loss.
        hidden: widths of the hidden layers, such as ``64,64``, or ``none`` for a linear model.
        activation: the activation function.
        optimizer: the optimizer, with settings as in ``sgd(momentum=0.9)``.
        lr: the learning rate; by default 0.01, or 0.1 for a linear model.
        schedule: how the learning rate changes, with settings as in ``linear(end=0.1)``.
        batch_size: rows per step; more than there are means full batches, which bring a linear
            model close to its exact coefficients in a few thousand epochs.
        epochs: passes over the training rows; the last weights count.
        seed: the seed of all random numbers.
        metric: the metric to choose by; by default, one that suits the target.
        out: the figures to write, as PNG or SVG.
        csv: a table of the numbers to write, one line per alpha.
        gif: an animation of the decision boundary to write, as GIF or WebP; needs two features.
        frame_ms: milliseconds that each frame is shown.
        monitor: receives progress; by default, nothing is shown.

    Raises:
        LosslabError: if the table or an option can't be used; nothing is trained or written then.

    Examples:
        >>> path = penalty_path("iris", kind="l1", alphas=[0.001, 10], seeds=2, epochs=20)
        >>> path.chosen.alpha, path.frame().nonzero_weights.tolist()[-1]
        (0.001, 0.0)
    """
    given = dict(locals())
    options = read_options(penalty_path, given)
    from losslab.data.load import load
    from losslab.data.options import TableOptions
    from losslab.experiment.penalty_path.settings import PathSettings
    from losslab.experiment.penalty_path.study import keep_classes, make_path_study
    from losslab.experiment.penalty_path.trace import trace_path
    from losslab.report.overwriting import check_outputs, write_outputs
    from losslab.report.penalty.boundary_frames import check_boundary
    from losslab.report.penalty.result import PenaltyPath

    settings = select_options(PathSettings, options)
    source = os.fspath(data) if isinstance(data, str | os.PathLike) else None
    outputs = {"out": out, "gif": gif, "csv": csv}
    check_outputs(source, outputs, options["frame_ms"])
    table = load(data, select_options(TableOptions, options))
    if options["classes"]:
        table = keep_classes(table, options["classes"])
    study = make_path_study(table, settings, impute)
    if gif is not None:
        check_boundary(study)
    outcome = trace_path(study, settings, monitor or Monitor())
    written = {"picture": out, "animation": gif, "numbers": csv}
    path = PenaltyPath(
        outcome,
        format_command("losslab penalty", penalty_path, source, given),
        {what: os.fspath(file) for what, file in written.items() if file is not None},
    )
    write_outputs(path, outputs, options["frame_ms"])
    return path
