"""The public ``compare``: a table and options in, a comparison out."""

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from losslab.core.files import write_text
from losslab.data.dataset import Dataset
from losslab.data.load import load
from losslab.data.options import TableOptions
from losslab.experiment.comparison.compare import Request, run_comparison
from losslab.experiment.comparison.settings import ComparisonSettings
from losslab.experiment.monitor import Monitor, SilentMonitor
from losslab.experiment.options import parse_architectures, parse_values
from losslab.report.compare.comparison import Comparison
from losslab.report.overwriting import check_outputs

if TYPE_CHECKING:
    import pandas as pd

PathLike = str | os.PathLike[str]


# The options are the interface, one keyword each, named as on the command line.
def compare(  # noqa: PLR0913
    data: "PathLike | pd.DataFrame | Dataset",
    *,
    target: str | None = None,
    drop: Any = (),
    features: Any = (),
    task: str | None = None,
    groups: str | None = None,
    impute: bool = False,
    decimal: str = ".",
    separator: str | None = None,
    loss: Any = None,
    head: Any = None,
    optimizer: Any = "adam",
    lr: Any = "auto",
    penalty: Any = "none",
    alpha: Any = "auto",
    hidden: Any = (64, 64),
    activation: Any = "relu",
    batch_size: Any = 32,
    epochs: int = 50,
    splits: int = 5,
    repeats: int = 2,
    seed: int = 0,
    metric: str | None = None,
    rope: float | None = None,
    reference: bool = True,
    unchecked: bool = False,
    budget: str | float | None = None,
    yes: bool = False,
    store: PathLike | None = None,
    report: PathLike | None = None,
    code: PathLike | None = None,
    monitor: Monitor | None = None,
) -> Comparison:
    """Train every fitting loss on the same splits and recommend one.

    An option given as a list is an axis: all combinations are compared, paired by split.

    Args:
        data: the name of a data set, the path of a CSV or Parquet file, a data frame, a data set.
        target: the column to predict; needed for all but known data sets.
        drop: columns to leave out; in one text with commas between, or in a list.
        features: columns to keep; by default all but the target.
        task: binary, multiclass, regression or count; inferred from the target by default.
        groups: a column whose equal values stay together when splitting.
        impute: fill in missing features, with an indicator, instead of refusing them.
        decimal: the decimal mark of a CSV file.
        separator: what separates the fields of a CSV file; found by itself by default.
        loss: names, ``module:function``, ``Loss`` objects or callables; all that fit by default.
        head: names of output heads; the usual one for each loss by default.
        optimizer: names, with settings as in ``"sgd(momentum=0.9)"``.
        lr: learning rates, or ``auto``: each optimizer's grid, chosen per split on validation rows,
            and two more beyond an end of it while most splits choose that end, unless there is a
            budget.
        penalty: what weights cost beside the loss: names, with settings as in
            ``"elastic_net(l1_ratio=0.3)"``.
        alpha: strengths of the penalties, or ``auto``: each one's grid, chosen per split with the
            learning rate.
        hidden: widths of the hidden layers, such as ``(64, 64)``; a list of such for several.
        activation: names of activations.
        batch_size: rows per step.
        epochs: passes over the training rows; the best one is kept.
        splits: folds per repeat.
        repeats: how often to fold again.
        seed: what all randomness derives from.
        metric: what to rank by; chosen by the task by default.
        rope: differences of the metric up to this do not matter.
        reference: compare with a constant, a linear and a boosted model too.
        unchecked: admit pairings that do not fit, marked as wrong on purpose.
        budget: seconds of training, or text such as ``2m``: cut the comparison to this long.
        yes: make a comparison that looks too large.
        store: the file that keeps finished runs for next time; None keeps them in memory.
        report: where to write the HTML report.
        code: where to write the recommended set-up as a PyTorch script.
        monitor: who is told about progress.

    Raises:
        LosslabError: if table or options can't be used; nothing is trained or written then.

    Example
        >>> options = {"lr": 0.01, "epochs": 5, "repeats": 1, "reference": False}
        >>> found = compare("moons", loss="mse,bce_with_logits", **options)
        >>> found.findings.n_splits, len(found.findings.rows)
        (5, 2)
    """
    given = dict(locals())
    options = TableOptions(
        target=target,
        drop=_columns(drop),
        features=_columns(features),
        task=task,
        groups=groups,
        impute=impute,
        decimal=decimal,
        separator=separator,
    )
    settings = ComparisonSettings.read(given)
    source = os.fspath(data) if isinstance(data, str | os.PathLike) else None
    check_outputs(source, {"store": store, "report": report, "code": code})
    outcome = run_comparison(
        Request(
            data=load(data, options),
            impute=impute,
            settings=settings,
            store=None if store is None else Path(store),
            command=command_of(source, given),
        ),
        monitor or SilentMonitor(),
    )
    written = None if report is None else os.fspath(report)
    comparison = Comparison(outcome, source, options, written)
    if report is not None:
        comparison.to_html(report)
    if code is not None:
        write_text(code, comparison.code())
    return comparison


def _columns(value: Any) -> tuple[str, ...]:
    """Names of columns; whether a comma is part of a name is seen when the table is read."""
    if value is None or isinstance(value, str):
        return () if value is None else (value,)
    return tuple(value)


_DEFAULTS: dict[str, Any] = dict(compare.__kwdefaults__ or {})
_NOT_REPEATED = ("data", "monitor", "report", "code")


def command_of(source: str | None, given: dict[str, Any]) -> str:
    """The command that makes the same comparison again.

    Example
        >>> command_of("iris", {"data": "iris", "loss": ["mse", "l1"], "unchecked": True})
        'losslab compare iris --loss mse,l1 --unchecked'
    """
    words = ["losslab", "compare", source or "TABLE"]
    for name, value in given.items():
        if name not in _NOT_REPEATED:
            words += _option(name, value)
    return shlex.join(words)


def _option(name: str, value: Any) -> list[str]:
    """The words of one option; none where it is left at its default."""
    option = f"--{name.replace('_', '-')}"
    if isinstance(value, bool):
        if value == _DEFAULTS[name]:
            return []
        return [option if value else f"--no-{name}"]
    if name == "hidden":
        texts = [",".join(map(str, widths)) or "none" for widths in parse_architectures(value)]
        return [] if texts == ["64,64"] else [word for text in texts for word in (option, text)]
    if name in ("drop", "features"):
        return [word for text in _columns(value) for word in (option, text)]
    texts = [_word(item) for item in parse_values(value)]
    usual = [_word(item) for item in parse_values(_DEFAULTS[name])]
    if name == "store":
        usual = ["losslab-runs.sqlite"]
    return [] if texts in ([], usual) else [option, ",".join(texts)]


def _word(value: Any) -> str:
    if isinstance(value, float | int | str):
        return str(value)
    name = getattr(value, "name", None) or getattr(value, "__qualname__", None)
    module = getattr(value, "__module__", "")
    return f"{module}:{name}" if callable(value) and hasattr(value, "__qualname__") else str(name)
