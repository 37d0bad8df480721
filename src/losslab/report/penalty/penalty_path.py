"""The public ``penalty_path``: a table and options in, a regularisation path out."""

import os
import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from losslab.data.dataset import Dataset
from losslab.data.load import load
from losslab.data.options import TableOptions
from losslab.experiment.monitor import Monitor, SilentMonitor
from losslab.experiment.options import parse_architectures, parse_values
from losslab.experiment.penalty_path.settings import PathSettings
from losslab.experiment.penalty_path.study import keep_classes, make_path_study
from losslab.experiment.penalty_path.trace import trace_path
from losslab.report.overwriting import check_outputs
from losslab.report.penalty.boundary_frames import check_boundary
from losslab.report.penalty.result import PenaltyPath

if TYPE_CHECKING:
    import pandas as pd

PathLike = str | os.PathLike[str]


# The options are the interface, one keyword each, named as on the command line.
def penalty_path(  # noqa: PLR0913
    data: "PathLike | pd.DataFrame | Dataset",
    *,
    kind: str = "l2",
    alphas: Any = "1e-4:1e2:24",
    l1_ratio: float | None = None,
    target: str | None = None,
    drop: Any = (),
    features: Any = (),
    classes: Any = (),
    task: str | None = None,
    groups: str | None = None,
    impute: bool = False,
    decimal: str = ".",
    separator: str | None = None,
    seeds: int = 5,
    test_size: float = 0.2,
    loss: Any = None,
    head: str | None = None,
    hidden: Any = (64,),
    activation: str = "relu",
    optimizer: str = "adam",
    lr: float | None = None,
    schedule: str = "cosine",
    batch_size: int = 32,
    epochs: int = 300,
    seed: int = 0,
    metric: str | None = None,
    out: PathLike | None = None,
    csv: PathLike | None = None,
    gif: PathLike | None = None,
    frame_ms: float = 500,
    monitor: Monitor | None = None,
) -> PenaltyPath:
    """Train a network at every strength of a penalty, and choose one.

    Every repetition holds out other rows at random and starts from other weights, both the same
    for all alphas. Features are standardised on the training rows, and the last weights count.

    Args:
        data: the name of a data set, the path of a CSV or Parquet file, a data frame, a data set.
        kind: the penalty: l1, l2, elastic_net, group_lasso or weight_decay.
        alphas: its strengths: ``"low:high:count"`` in equal ratios, or a rising list.
        l1_ratio: the share of L1 in elastic_net, from 0 to 1; 0.5 by default.
        target: the column to predict; needed for all but known data sets.
        drop: columns to leave out; in one text with commas between, or in a list.
        features: columns to keep, by name or a beginning that no other has; by default all.
        classes: classes to keep, likewise; at least two, by default all.
        task: binary, multiclass, regression or count; inferred from the target by default.
        groups: a column whose equal values stay together when splitting.
        impute: fill in missing features, with an indicator, instead of refusing them.
        decimal: the decimal mark of a CSV file.
        separator: what separates the fields of a CSV file; found by itself by default.
        seeds: repetitions, each with a split and initial weights of its own.
        test_size: the share of the rows that is held out.
        loss: a name, ``module:function``, a ``Loss`` or a callable; the task's usual one by
            default. ``mse`` on the head ``identity`` without hidden layers is the ridge classifier.
        head: the output head; the loss's usual one by default.
        hidden: widths of the hidden layers; ``()`` or ``"none"`` for a linear model.
        activation: the function between layers.
        optimizer: its name, with settings as in ``"sgd(momentum=0.9)"``.
        lr: the learning rate; by default 0.01, or 0.1 for a linear model.
        schedule: how the learning rate changes, with settings as in ``"linear(end=0.1)"``.
        batch_size: rows per step; more than there are means all, which with some thousand epochs
            takes a linear model close to its exact coefficients, the stronger alpha the sooner.
        epochs: passes over the training rows.
        seed: what all randomness derives from.
        metric: what to choose by; the task's own by default.
        out: where to write the figures, as PNG or SVG.
        csv: where to write the numbers, one line per alpha.
        gif: where to write the moving decision boundary, as GIF or WebP; needs two features.
        frame_ms: how many milliseconds each of its frames stands.
        monitor: who is told about progress.

    Raises:
        LosslabError: if table or options can't be used; nothing is trained or written then.

    Example
        >>> path = penalty_path("iris", kind="l1", alphas=[0.001, 10], seeds=2, epochs=20)
        >>> path.chosen.alpha, path.frame().nonzero_weights.tolist()[-1]
        (0.001, 0.0)
    """
    given = dict(locals())
    settings = PathSettings.read(given)
    source = os.fspath(data) if isinstance(data, str | os.PathLike) else None
    outputs = {"out": out, "csv": csv, "gif": gif}
    check_outputs(source, outputs, frame_ms)
    table = load(data, table_options(given))
    names = _names(classes)
    table = keep_classes(table, names) if names else table
    study = make_path_study(table, settings, impute)
    if gif is not None:
        check_boundary(study)
    outcome = trace_path(study, settings, monitor or SilentMonitor())
    written = {
        what: os.fspath(place)
        for what, place in (("picture", out), ("animation", gif), ("numbers", csv))
        if place is not None
    }
    path = PenaltyPath(outcome, command_of(source, given), written)
    if gif is not None:
        path.gif(gif, frame_ms)
    if out is not None:
        path.picture(out)
    if csv is not None:
        path.to_csv(csv)
    return path


def table_options(given: Mapping[str, Any]) -> TableOptions:
    """The options that say how a table is read."""
    return TableOptions(
        target=given["target"],
        drop=_columns(given["drop"]),
        features=_columns(given["features"]),
        task=given["task"],
        groups=given["groups"],
        impute=given["impute"],
        decimal=given["decimal"],
        separator=given["separator"],
    )


def _columns(value: Any) -> tuple[str, ...]:
    """Names of columns; whether a comma is part of a name is seen when the table is read."""
    if value is None or isinstance(value, str):
        return () if value is None else (value,)
    return tuple(value)


def _names(value: Any) -> tuple[str, ...]:
    """Names of classes, which may be numbers."""
    return tuple(str(name) for name in parse_values(value))


_DEFAULTS: dict[str, Any] = dict(penalty_path.__kwdefaults__ or {})
_NOT_REPEATED = ("data", "monitor", "out", "csv", "gif", "frame_ms")


def command_of(source: str | None, given: Mapping[str, Any]) -> str:
    """The command that makes the same path again.

    Example
        >>> command_of("iris", {"data": "iris", "kind": "l1", "alphas": [0.1, 1], "hidden": ()})
        'losslab penalty iris --kind l1 --alphas 0.1,1 --hidden none'
    """
    words = ["losslab", "penalty", source or "TABLE"]
    for name, value in given.items():
        if name not in _NOT_REPEATED:
            words += _option(name, value)
    return shlex.join(words)


def _option(name: str, value: Any) -> list[str]:
    """The words of one option; none where it is left at its default."""
    option = f"--{name.replace('_', '-')}"
    if isinstance(value, bool):
        return [option] if value else []
    if name in ("drop", "features"):
        return [word for text in _columns(value) for word in (option, text)]
    texts = _texts(name, value)
    return [] if texts == _texts(name, _DEFAULTS[name]) else [option, ",".join(texts)]


def _texts(name: str, value: Any) -> list[str]:
    if name == "hidden":
        return [",".join(map(str, widths)) or "none" for widths in parse_architectures(value)]
    return [_word(item) for item in parse_values(value)]


def _word(value: Any) -> str:
    if isinstance(value, float | int | str):
        return str(value)
    name = getattr(value, "name", None) or getattr(value, "__qualname__", None)
    module = getattr(value, "__module__", "")
    return f"{module}:{name}" if callable(value) and hasattr(value, "__qualname__") else str(name)
