"""A table with its splits, ready for networks."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from losslab.core.errors import OptionError
from losslab.data.preprocess import Preprocessor
from losslab.data.spec import Dataset
from losslab.data.split import Split, make_splits
from losslab.experiment.settings import Settings
from losslab.metrics.catalog import METRICS
from losslab.metrics.choice import MetricChoice, default_metric, rope_for
from losslab.metrics.spec import Metric
from losslab.training.prepared import Prepared


@dataclass(frozen=True, kw_only=True, eq=False)
class Study:
    """What is the same for every candidate.

    Args:
        data: the table.
        impute: whether missing features are filled in.
        splits: the folds of all repeats.
        choice: the ranking metric and why.
        rope: differences up to this do not matter.
    """

    data: Dataset
    impute: bool
    splits: tuple[Split, ...]
    choice: MetricChoice
    rope: float

    @cached_property
    def tables(self) -> list[Prepared]:
        """The table once per split, prepared from its training rows only."""
        preprocessor = Preprocessor(impute=self.impute)
        return [
            Prepared(
                X=preprocessor.fit(self.data.X, split.train).transform(self.data.X, np.float32),
                y=self.data.y,
                train=split.train,
                validation=split.validation,
                test=split.test,
            )
            for split in self.splits
        ]

    @property
    def test_to_train(self) -> float:
        """Test rows over all other rows, which train or validate; the mean over the splits."""
        n = len(self.data)
        return float(np.mean([len(split.test) / (n - len(split.test)) for split in self.splits]))


def make_study(settings: Settings, data: Dataset, impute: bool) -> Study:
    """Split a table and choose what candidates are ranked by.

    Raises:
        LosslabError: if the table can't be split or prepared, or the metric can't measure it.
    """
    splits = make_splits(data.y, data.task, settings.plan, data.groups, data.classes)
    choice = _metric(settings.metric, data)
    rope = _rope(settings.rope, choice.metric, data)
    Preprocessor(impute=impute).check(data.X)
    return Study(data=data, impute=impute, splits=splits, choice=choice, rope=rope)


def _rope(asked: float | None, metric: Metric, data: Dataset) -> float:
    if asked is None:
        return rope_for(metric, data.y)
    widest = metric.bounds[1] - metric.bounds[0]
    if asked > widest:
        raise OptionError(
            f"needed --rope of at most {widest:g}, since {metric.label} lies between "
            f"{metric.bounds[0]:g} and {metric.bounds[1]:g}",
            got=f"{asked:g}",
            fix="--rope 0.01",
        )
    return asked


def _metric(name: str | None, data: Dataset) -> MetricChoice:
    if name is None:
        return default_metric(data.task, data.y)
    metric = METRICS[name]
    if data.task not in metric.tasks:
        fitting = [known.name for known in METRICS.values() if data.task in known.tasks]
        raise OptionError(
            f"needed a --metric for task {data.task!r}",
            got=repr(name),
            fix=f"choose one of {', '.join(fitting)}",
        )
    return MetricChoice(metric=metric, reason="as asked")
