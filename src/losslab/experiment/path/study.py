"""A table made ready for a path: its rows held out, its features prepared, its runs laid out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from losslab.core.errors import DataError
from losslab.data.preprocess import Preprocessor
from losslab.data.spec import CLASS_TASKS, Dataset
from losslab.data.wording import flag
from losslab.experiment.path.holdout import Holdout, make_holdouts
from losslab.experiment.path.settings import USUAL_LOSS, PathSettings
from losslab.training.prepared import Prepared
from losslab.training.run import Run


@dataclass(frozen=True, kw_only=True, eq=False)
class PathStudy:
    """The table and the runs; ``Prepared.test`` holds all rows, so that all have outputs.

    Args:
        data: the table.
        holdouts: the rows of each repetition.
        tables: the same, prepared from its training rows.
        inputs: the names of the inputs, for each repetition.
        runs: for each repetition, one for each alpha.
    """

    data: Dataset
    holdouts: tuple[Holdout, ...]
    tables: tuple[Prepared, ...]
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
        Prepared(
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
                loss=settings.loss or USUAL_LOSS[data.task],
                loss_params=settings.loss_params,
                task=data.task,
                n_classes=len(data.classes) if data.task in CLASS_TASKS else None,
                head=settings.head,
                hidden=settings.hidden,
                activation=settings.activation,
                optimizer=settings.optimizer.name,
                optimizer_params=settings.optimizer.settings,
                lr=settings.lr,
                schedule=settings.schedule.name,
                schedule_params=settings.schedule.settings,
                penalty=settings.kind,
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
            fix=flag("drop", constant),
        )
