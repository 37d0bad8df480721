"""The public ``compare``: a table and options in, a comparison out."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from losslab.core.options import (
    columns,
    flag,
    format_command,
    number,
    output,
    read_options,
    select_options,
    text,
    whole_number,
)
from losslab.experiment.monitor import Monitor
from losslab.experiment.options import (
    ActivationOptions,
    BudgetOption,
    CountOption,
    CountOptions,
    HeadOptions,
    HiddenOptions,
    LossOptions,
    MetricOption,
    OptimizerOptions,
    PenaltyOptions,
    RateOptions,
    SeedOption,
    StrengthOptions,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from losslab.data.dataset import Dataset
    from losslab.report.compare.comparison import Comparison

PathLike = str | os.PathLike[str]


# The options are the interface, one keyword each. The command line, the checks and the command
# that repeats a comparison are made from this signature and its docstring.
def compare(  # noqa: PLR0913
    data: "PathLike | pd.DataFrame | Dataset",
    *,
    target: Annotated[str | None, text("COL")] = None,
    drop: Annotated["str | Sequence[str] | None", columns()] = (),
    features: Annotated["str | Sequence[str] | None", columns()] = (),
    task: Annotated[str | None, text("TASK")] = None,
    groups: Annotated[str | None, text("COL")] = None,
    impute: Annotated[bool, flag()] = False,
    decimal: Annotated[str, text("CHAR")] = ".",
    separator: Annotated[str | None, text("CHAR")] = None,
    loss: LossOptions = None,
    head: HeadOptions = None,
    optimizer: OptimizerOptions = "adam",
    lr: RateOptions = "auto",
    penalty: PenaltyOptions = "none",
    alpha: StrengthOptions = "auto",
    hidden: HiddenOptions = (64, 64),
    activation: ActivationOptions = "relu",
    batch_size: CountOptions = 32,
    epochs: CountOption = 50,
    splits: Annotated[int, whole_number(2)] = 5,
    repeats: CountOption = 2,
    seed: SeedOption = 0,
    metric: MetricOption = None,
    rope: Annotated[
        float | None,
        number(
            "a difference of at least 0",
            lambda rope: 0 <= rope < float("inf"),
            example="0.01",
            optional=True,
        ),
    ] = None,
    reference: Annotated[bool, flag()] = True,
    unchecked: Annotated[bool, flag()] = False,
    budget: BudgetOption = None,
    yes: Annotated[bool, flag()] = False,
    store: Annotated[PathLike | None, output("losslab-runs.sqlite", in_command=True)] = None,
    report: Annotated[PathLike | None, output("losslab-report.html")] = None,
    code: Annotated[PathLike | None, output()] = None,
    monitor: Monitor | None = None,
) -> "Comparison":
    """Train every fitting loss on the same splits and recommend one.

    An option given as a list is an axis: all combinations are compared, paired by split.

    Args:
        data: the name of a data set, the path of a CSV or Parquet file, a data frame, a data set.
        target: the column to predict; the built-in data sets know theirs.
        drop: columns to leave out.
        features: columns to use, by name or unique prefix; by default, all but the target.
        task: binary, multiclass, regression or count; by default, inferred from the target.
        groups: a column whose equal values stay together in a split.
        impute: fill in missing features and flag them, instead of refusing them.
        decimal: the decimal mark of a CSV file.
        separator: the field separator of a CSV file; by default, detected.
        loss: losses by name, as ``module:function`` or, in Python, as objects; by default, all that
            fit the task.
        head: output heads; by default, the usual one of each loss.
        optimizer: optimizers, with settings as in ``sgd(momentum=0.9)``.
        lr: learning rates, or ``auto``: each optimizer's grid, chosen per split on validation rows
            and widened while most splits choose an end of it (not under a budget).
        penalty: penalties on the weights, with settings as in ``elastic_net(l1_ratio=0.3)``.
        alpha: strengths of the penalties, or ``auto``: each one's grid, chosen per split together
            with the learning rate.
        hidden: widths of the hidden layers, such as ``64,64``, or ``none``; several networks as a
            list, or by repeating the option.
        activation: activation functions.
        batch_size: rows per step.
        epochs: passes over the training rows; the best one is kept.
        splits: folds per repeat.
        repeats: times the folds are drawn anew.
        seed: the seed of all random numbers.
        metric: the metric to rank by; by default, one that suits the target.
        rope: the largest difference of the metric that does not matter; by default, 0.01 or 1 % of
            the target's spread.
        reference: compare with a constant, a linear and a boosted model too.
        unchecked: allow pairings of loss and head that do not fit, marked as wrong.
        budget: the longest training may take, such as ``90s``, ``2m`` or ``1h``; the comparison is
            cut to fit.
        yes: run a comparison that looks too large.
        store: the file that keeps finished runs for next time; in Python, memory by default.
        report: the HTML report to write.
        code: a PyTorch script of the recommended set-up to write.
        monitor: receives progress; by default, nothing is shown.

    Raises:
        LosslabError: if the table or an option can't be used; nothing is trained or written then.

    Examples:
        >>> options = {"lr": 0.01, "epochs": 5, "repeats": 1, "reference": False}
        >>> found = compare("moons", loss="mse,bce_with_logits", **options)
        >>> found.findings.splits.n_splits, len(found.findings.rows)
        (5, 2)
    """
    given = dict(locals())
    options = read_options(compare, given)
    from losslab.core.files import write_text
    from losslab.data.load import load
    from losslab.data.options import TableOptions
    from losslab.experiment.comparison.compare import Request, run_comparison
    from losslab.experiment.comparison.settings import ComparisonSettings
    from losslab.report.compare.comparison import Comparison
    from losslab.report.overwriting import check_outputs

    table_options = select_options(TableOptions, options)
    settings = select_options(ComparisonSettings, options)
    source = os.fspath(data) if isinstance(data, str | os.PathLike) else None
    check_outputs(source, {"store": store, "report": report, "code": code})
    result = run_comparison(
        Request(
            data=load(data, table_options),
            impute=impute,
            settings=settings,
            store=None if store is None else Path(store),
            command=format_command("losslab compare", compare, source, given),
        ),
        monitor or Monitor(),
    )
    comparison = Comparison(
        result, source, table_options, None if report is None else os.fspath(report)
    )
    if report is not None:
        comparison.to_html(report)
    if code is not None:
        write_text(code, comparison.code())
    return comparison
