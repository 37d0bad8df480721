"""A table made ready for a path: classes kept, rows held out, features prepared, runs laid out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

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
    """Keep the rows of the named classes, which are coded anew in the order of the table's.

    Args:
        data: a table with classes.
        names: at least two; a name may be shortened to a beginning that no other class has.

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
    found = [_class_of(name, data) for name in names]
    kept = tuple(label for label in data.classes if label in found)
    if len(kept) < 2:
        raise OptionError(
            "needed at least two different --classes to keep",
            got=", ".join(map(repr, kept)) or "none",
            fix=format_option("classes", data.classes[:2]),
        )
    codes = np.array([data.classes.index(label) for label in kept])
    rows = np.flatnonzero(np.isin(data.y, codes))
    words = tuple(note for note in data.notes if not note.startswith("task "))
    return replace(
        data,
        X=data.X.iloc[rows].reset_index(drop=True),
        y=np.searchsorted(codes, data.y[rows]),
        task="binary" if len(kept) == 2 else "multiclass",
        classes=kept,
        groups=None if data.groups is None else data.groups[rows],
        notes=(*words, f"kept {len(rows)} of {len(data)} rows, those of {', '.join(kept)}"),
    )


def _class_of(name: str, data: Dataset) -> str:
    meant = match_prefix(name, data.classes)
    if not meant:
        raise OptionError(
            f"needed the name of a class of {data.target!r} for --classes",
            got=repr(name),
            fix=suggest(name, data.classes),
        )
    if len(meant) > 1:
        raise OptionError(
            f"needed the beginning of one class of {data.target!r} only for --classes",
            got=f"{name!r}, with which {', '.join(map(repr, meant))} begin",
            fix=format_option("classes", meant[:1]),
        )
    return meant[0]


Rows = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Holdout:
    """The rows of one repetition, sorted, and what its initial weights and batches start from."""

    train: Rows
    test: Rows
    seed: int


def make_holdouts(data: Dataset, test_size: float, repetitions: int, seed: int) -> list[Holdout]:
    """Hold out rows at random: about ``test_size`` of every class, groups whole where there are.

    A repetition depends on the seed and its own number only.

    Raises:
        DataError: if a class has no row left to train on, or none to be held out.
    """
    strata = data.y if data.task in CLASS_TASKS else np.zeros(len(data), dtype=np.int64)
    _check_enough(data, strata)
    return [_holdout(data, strata, test_size, at, seed) for at in range(repetitions)]


def _holdout(data: Dataset, strata: Rows, test_size: float, at: int, seed: int) -> Holdout:
    generator = np.random.default_rng(derive_seed(seed, "held out", at))
    if data.groups is None:
        held = carve_rows(strata, test_size, generator)
    else:
        held = carve_groups(strata, np.asarray(data.groups), test_size, generator)
    holdout = Holdout(
        train=np.flatnonzero(~held),
        test=np.flatnonzero(held),
        seed=derive_seed(seed, "path", at) % 2**32,
    )
    for rows, use in ((holdout.train, "to train on"), (holdout.test, "to hold out")):
        absent = np.setdiff1d(strata, strata[rows])
        if len(absent):
            raise DataError(
                f"needed rows of every class {use}, in each repetition",
                got=f"none{_of(data, int(absent[0]))}, since groups stay whole",
                fix="--test-size nearer to 0.5, another --seed, or other --groups",
            )
    return holdout


def _check_enough(data: Dataset, strata: Rows) -> None:
    kinds, counts = np.unique(strata, return_counts=True)
    least = int(np.argmin(counts))
    if counts[least] < 2:
        raise DataError(
            "needed at least two rows of every class, to train on and to hold out",
            got=f"{counts[least]}{_of(data, int(kinds[least]))}",
            fix="gather more rows of it, or leave it out with --classes",
        )


def _of(data: Dataset, code: int) -> str:
    return f" of class {data.classes[code]!r}" if data.classes else ""


@dataclass(frozen=True, kw_only=True, eq=False)
class PathStudy:
    """The table and the runs; ``SplitArrays.test`` holds all rows, so that all have outputs.

    Args:
        data: the table.
        holdouts: the rows of each repetition.
        tables: the same, prepared from its training rows.
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
        """The inputs that any repetition has; some may lack a level that no training row shows."""
        return tuple(dict.fromkeys(name for names in self.inputs for name in names))

    @property
    def test_to_train(self) -> float:
        """Held-out rows over training rows, the mean over the repetitions."""
        return float(np.mean([len(one.test) / len(one.train) for one in self.holdouts]))


def make_path_study(data: Dataset, settings: PathSettings, impute: bool) -> PathStudy:
    """Split, prepare and lay out; nothing is trained.

    Raises:
        LosslabError: if the table can't be split, or loss, head and task do not fit.
    """
    _check_features(data)
    holdouts = make_holdouts(data, settings.test_size, settings.seeds, settings.seed)
    fitted = [Preprocessor(impute=impute).fit(data.X, one.train) for one in holdouts]
    tables = [
        SplitArrays(
            X=preprocessor.transform(data.X, np.float32),
            y=data.y,
            train=one.train,
            # No best epoch is picked: a path shows what the penalty makes of the weights at last.
            validation=np.arange(0),
            test=np.arange(len(data)),
        )
        for preprocessor, one in zip(fitted, holdouts, strict=True)
    ]
    return PathStudy(
        data=data,
        holdouts=tuple(holdouts),
        tables=tuple(tables),
        inputs=tuple(preprocessor.feature_names for preprocessor in fitted),
        runs=_runs(data, settings, holdouts),
    )


def _runs(
    data: Dataset, settings: PathSettings, holdouts: Sequence[Holdout]
) -> tuple[tuple[Run, ...], ...]:
    """For each repetition one run an alpha; they start from the same weights."""
    return tuple(
        tuple(
            Run(
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
                alpha=alpha,
                penalty_params=settings.penalty_params,
                batch_size=settings.batch_size,
                epochs=settings.epochs,
                seed=holdout.seed,
                split=split,
            )
            for alpha in settings.alphas
        )
        for split, holdout in enumerate(holdouts)
    )


def _check_features(data: Dataset) -> None:
    """Refuse features that never change, which no penalty can tell from one left out."""
    constant = [str(name) for name in data.X.columns if data.X[name].nunique(dropna=False) < 2]
    if constant:
        first = data.X[constant[0]].iloc[0]
        others = f" and {len(constant) - 1} more" if constant[1:] else ""
        raise DataError(
            "needed features that differ between rows",
            got=f"{constant[0]!r}, which is {first!s} in all {len(data)} rows{others}",
            fix=format_option("drop", constant),
        )
