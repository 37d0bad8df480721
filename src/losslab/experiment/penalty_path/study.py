"""The study behind a penalty path: classes to keep, held-out rows, prepared features, runs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from losslab.core.errors import DataError, OptionError
from losslab.core.hashing import derive_seed
from losslab.core.registry import match_prefix, suggest
from losslab.core.tasks import CLASS_TASKS
from losslab.data.dataset import Dataset
from losslab.data.options import format_option
from losslab.data.preprocess import Preprocessor
from losslab.data.split import carve_groups, carve_rows
from losslab.experiment.options import loss_arguments
from losslab.experiment.penalty_path.settings import PathSettings
from losslab.objectives.catalog import USUAL_LOSS
from losslab.training.run import Run
from losslab.training.split_arrays import SplitArrays


def keep_classes(data: Dataset, names: Sequence[str]) -> Dataset:
    """Keep the rows of the named classes, and encode these in the order of the table's.

    Args:
        data: a table with classes.
        names: at least two; a name may be shortened to a unique prefix.

    Examples:
        >>> from losslab.data.catalog import load_dataset
        >>> kept = keep_classes(load_dataset("iris"), ["setosa", "Versi"])
        >>> kept.classes, len(kept), kept.task
        (('setosa', 'versicolor'), 100, 'binary')
    """
    if not data.classes:
        raise OptionError(
            "needed a target with classes for --classes",
            got=f"task {data.task!r}",
            fix="leave out --classes",
        )
    named = [_match_class(name, data) for name in names]
    kept = tuple(label for label in data.classes if label in named)
    if len(kept) < 2:
        raise OptionError(
            "needed at least two different --classes to keep",
            got=", ".join(map(repr, kept)) or "none",
            fix=format_option("classes", data.classes[:2]),
        )
    codes = np.array([data.classes.index(label) for label in kept])
    rows = np.flatnonzero(np.isin(data.y, codes))
    notes = tuple(note for note in data.notes if not note.startswith("task "))
    return replace(
        data,
        X=data.X.iloc[rows].reset_index(drop=True),
        y=np.searchsorted(codes, data.y[rows]),
        task="binary" if len(kept) == 2 else "multiclass",
        classes=kept,
        groups=None if data.groups is None else data.groups[rows],
        notes=(*notes, f"kept {len(rows)} of {len(data)} rows, those of {', '.join(kept)}"),
    )


def _match_class(name: str, data: Dataset) -> str:
    matches = match_prefix(name, data.classes)
    if not matches:
        raise OptionError(
            f"needed the name of a class of {data.target!r} for --classes",
            got=repr(name),
            fix=suggest(name, data.classes),
        )
    if len(matches) > 1:
        raise OptionError(
            f"needed a prefix of only one class of {data.target!r} for --classes",
            got=f"{name!r}, with which {', '.join(map(repr, matches))} begin",
            fix=format_option("classes", matches[:1]),
        )
    return matches[0]


Rows = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Holdout:
    """The sorted rows of one repetition, and the seed of its initial weights and batches."""

    train: Rows
    test: Rows
    seed: int


def make_holdouts(data: Dataset, test_size: float, repetitions: int, seed: int) -> list[Holdout]:
    """Hold out rows at random: about ``test_size`` of every class, without splitting groups.

    A repetition depends on the seed and its own number only.

    Raises:
        DataError: if a class has no row to train on, or none to hold out.
    """
    strata = data.y if data.task in CLASS_TASKS else np.zeros(len(data), dtype=np.int64)
    codes, counts = np.unique(strata, return_counts=True)
    rarest = int(np.argmin(counts))
    if counts[rarest] < 2:
        raise DataError(
            "needed at least two rows of every class, to train on and to hold out",
            got=f"{counts[rarest]}{_name_class(data, int(codes[rarest]))}",
            fix="gather more rows of it, or leave it out with --classes",
        )
    return [_draw_holdout(data, strata, test_size, number, seed) for number in range(repetitions)]


def _draw_holdout(data: Dataset, strata: Rows, test_size: float, number: int, seed: int) -> Holdout:
    generator = np.random.default_rng(derive_seed(seed, "held out", number))
    if data.groups is None:
        held = carve_rows(strata, test_size, generator)
    else:
        held = carve_groups(strata, np.asarray(data.groups), test_size, generator)
    holdout = Holdout(
        train=np.flatnonzero(~held),
        test=np.flatnonzero(held),
        seed=derive_seed(seed, "path", number) % 2**32,
    )
    for rows, use in ((holdout.train, "to train on"), (holdout.test, "to hold out")):
        absent = np.setdiff1d(strata, strata[rows])
        if len(absent):
            raise DataError(
                f"needed rows of every class {use}, in each repetition",
                got=f"none{_name_class(data, int(absent[0]))}, since groups stay whole",
                fix="--test-size nearer to 0.5, another --seed, or other --groups",
            )
    return holdout


def _name_class(data: Dataset, code: int) -> str:
    return f" of class {data.classes[code]!r}" if data.classes else ""


@dataclass(frozen=True, kw_only=True, eq=False)
class PathStudy:
    """The table, its repetitions and their runs.

    Args:
        data: the table.
        holdouts: the rows of each repetition.
        tables: each repetition's table, prepared on its training rows; ``SplitArrays.test`` holds
            all rows, so that networks predict all of them.
        inputs: the names of the inputs, for each repetition.
        runs: for each repetition, one for each alpha.
    """

    data: Dataset
    holdouts: tuple[Holdout, ...]
    tables: tuple[SplitArrays, ...]
    inputs: tuple[tuple[str, ...], ...]
    runs: tuple[tuple[Run, ...], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The inputs of any repetition; some lack a level that none of their training rows has."""
        return tuple(dict.fromkeys(name for names in self.inputs for name in names))

    @property
    def test_to_train(self) -> float:
        """Held-out rows over training rows, averaged over the repetitions."""
        return float(np.mean([len(one.test) / len(one.train) for one in self.holdouts]))


def make_path_study(data: Dataset, settings: PathSettings, impute: bool) -> PathStudy:
    """Hold out rows, prepare the features and make the runs; nothing is trained.

    Raises:
        LosslabError: if the table can't be split, or loss, head and task do not fit.
    """
    _check_features(data)
    holdouts = make_holdouts(data, settings.test_size, settings.seeds, settings.seed)
    preprocessors = [Preprocessor(impute=impute).fit(data.X, one.train) for one in holdouts]
    tables = [
        SplitArrays(
            X=preprocessor.transform(data.X, np.float32),
            y=data.y,
            train=one.train,
            # No best epoch is chosen: a path shows the weights after the last one.
            validation=np.arange(0),
            test=np.arange(len(data)),
        )
        for preprocessor, one in zip(preprocessors, holdouts, strict=True)
    ]
    return PathStudy(
        data=data,
        holdouts=tuple(holdouts),
        tables=tuple(tables),
        inputs=tuple(preprocessor.feature_names for preprocessor in preprocessors),
        runs=tuple(
            _make_runs(data, settings, split, one.seed) for split, one in enumerate(holdouts)
        ),
    )


def _make_runs(data: Dataset, settings: PathSettings, split: int, seed: int) -> tuple[Run, ...]:
    """Make one run for each alpha, all with the same initial weights."""
    make_run = partial(
        Run,
        **loss_arguments(settings.loss or USUAL_LOSS[data.task]),
        task=data.task,
        n_classes=len(data.classes) if data.task in CLASS_TASKS else None,
        head=settings.head,
        hidden=settings.hidden,
        activation=settings.activation,
        optimizer=settings.optimizer.name,
        optimizer_params=settings.optimizer.settings,
        lr=settings.rate,
        schedule=settings.schedule.name,
        schedule_params=settings.schedule.settings,
        penalty=settings.kind.name,
        penalty_params=settings.penalty_params,
        batch_size=settings.batch_size,
        epochs=settings.epochs,
        seed=seed,
        split=split,
    )
    return tuple(make_run(alpha=alpha) for alpha in settings.alphas)


def _check_features(data: Dataset) -> None:
    """Refuse constant features: no penalty can tell them from features that are left out."""
    constant = [str(name) for name in data.X.columns if data.X[name].nunique(dropna=False) < 2]
    if constant:
        value = data.X[constant[0]].iloc[0]
        others = f" and {len(constant) - 1} more" if constant[1:] else ""
        raise DataError(
            "needed features that differ between rows",
            got=f"{constant[0]!r}, which is {value!s} in all {len(data)} rows{others}",
            fix=format_option("drop", constant),
        )
