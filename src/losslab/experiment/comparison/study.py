"""The study of a comparison: a table with its splits and metric, and its size."""

import math
import os
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from losslab.core.errors import OptionError
from losslab.data.dataset import Dataset
from losslab.data.preprocess import Preprocessor
from losslab.data.split import Split, SplitPlan, make_splits
from losslab.experiment.comparison.settings import ComparisonSettings
from losslab.losses.catalog import LOSSES
from losslab.metrics.catalog import METRICS, MetricChoice, choose_metric, choose_rope
from losslab.metrics.spec import Metric
from losslab.objectives.catalog import list_losses
from losslab.training.catalog import OPTIMIZERS, PENALTIES
from losslab.training.engines.catalog import ENGINES
from losslab.training.engines.chunks import CHUNK_BYTES
from losslab.training.engines.fleet import count_cores
from losslab.training.split_arrays import SplitArrays


@dataclass(frozen=True, kw_only=True, eq=False)
class Study:
    """What all candidates share.

    Args:
        data: the table.
        impute: whether missing features are filled in.
        plan: how the splits were made.
        splits: the folds of all repeats, or the first of them under a budget.
        choice: the ranking metric, and why it was chosen.
        rope: the largest difference that does not matter.
    """

    data: Dataset
    impute: bool
    plan: SplitPlan
    splits: tuple[Split, ...]
    choice: MetricChoice
    rope: float

    @cached_property
    def tables(self) -> list[SplitArrays]:
        """The features and target once per split, prepared from its training rows only."""
        preprocessor = Preprocessor(impute=self.impute)
        return [
            SplitArrays(
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
        """The ratio of test rows to all other rows; the mean over the splits."""
        n = len(self.data)
        return float(np.mean([len(split.test) / (n - len(split.test)) for split in self.splits]))


def make_study(settings: ComparisonSettings, data: Dataset, impute: bool) -> Study:
    """Split a table and choose the ranking metric.

    Raises:
        LosslabError: if the table can't be split or prepared, or the metric can't measure it.
    """
    splits = make_splits(data.y, data.task, settings.plan, data.groups, data.classes)
    choice = _choose_metric(settings.metric, data)
    rope = _choose_rope(settings.rope, choice.metric, data)
    Preprocessor(impute=impute).check(data.X)
    return Study(
        data=data, impute=impute, plan=settings.plan, splits=splits, choice=choice, rope=rope
    )


def _choose_rope(rope: float | None, metric: Metric, data: Dataset) -> float:
    if rope is None:
        return choose_rope(metric, data.y)
    widest = metric.bounds[1] - metric.bounds[0]
    if rope > widest:
        raise OptionError(
            f"needed --rope of at most {widest:g}, since {metric.label} lies between "
            f"{metric.bounds[0]:g} and {metric.bounds[1]:g}",
            got=f"{rope:g}",
            fix="--rope 0.01",
        )
    return rope


def _choose_metric(name: str | None, data: Dataset) -> MetricChoice:
    if name is None:
        return choose_metric(data.task, data.y)
    metric = METRICS[name]
    if data.task not in metric.tasks:
        fitting = [known.name for known in METRICS.values() if data.task in known.tasks]
        raise OptionError(
            f"needed a --metric for task {data.task!r}",
            got=repr(name),
            fix=f"choose one of {', '.join(fitting)}",
        )
    return MetricChoice(metric=metric, reason="as asked")


MAX_RUNS = 20_000
# A stored run: its spec and metrics as text, and three float32 curves.
BYTES_PER_RECORD = 2_500
BYTES_PER_EPOCH = 12
# In memory, a record is read into many small objects; its run is held beside it.
BYTES_PER_RUN = 9_000
# A weight, its gradient, two moments, its best value, a copy in the making and one in the result.
BYTES_PER_WEIGHT = 32


@dataclass(frozen=True, kw_only=True)
class ComparisonSize:
    """The number of runs and the bytes they need."""

    runs: int
    memory: int
    disk: int


def estimate_size(settings: ComparisonSettings, data: Dataset) -> ComparisonSize:
    """Estimate runs and bytes from the options alone, without building the candidates."""
    rates = settings.lr
    per_optimizer = [
        len(OPTIMIZERS[optimizer.name].learning_rates if rates is None else rates)
        for optimizer in settings.optimizer
    ]
    splits = settings.plan.n_splits * settings.plan.repeats
    runs = (
        _count_losses(settings, data.task)
        * len(settings.head)
        * sum(per_optimizer)
        * len(settings.hidden)
        * len(settings.activation)
        * len(settings.batch_size)
        * _count_strengths(settings)
        * splits
    )
    disk = runs * (BYTES_PER_RECORD + BYTES_PER_EPOCH * settings.epochs)
    columns = sum(
        1 if dtype.kind == "f" else data.X[name].nunique() for name, dtype in data.X.dtypes.items()
    )
    tables = 4 * len(data) * columns * splits
    held = runs * (BYTES_PER_RUN + BYTES_PER_EPOCH * settings.epochs)
    memory = (
        held + tables + _estimate_network_bytes(settings, columns, max(1, len(data.classes)), runs)
    )
    return ComparisonSize(runs=runs, memory=memory, disk=disk)


def _count_strengths(settings: ComparisonSettings) -> int:
    """Count the combinations of penalties and alphas."""
    alphas = settings.alpha
    return sum(
        len(PENALTIES[penalty.name].alphas if alphas is None or penalty.name == "none" else alphas)
        for penalty in settings.penalty
    )


def _count_losses(settings: ComparisonSettings, task: str) -> int:
    """Count the losses that will be trained; those with equal gradients are trained once."""
    if settings.loss is not None or settings.head != (None,):
        return len(settings.loss or list_losses(task))
    distinct: set[str] = set()
    for name in list_losses(task):
        if distinct.isdisjoint(LOSSES[name].same_as.get(task, ())):
            distinct.add(name)
    return len(distinct)


def _estimate_network_bytes(
    settings: ComparisonSettings, columns: int, outputs: int, runs: int
) -> int:
    """Estimate the bytes of the largest networks that train at the same time."""
    weights = max(
        sum((inputs + 1) * units for inputs, units in pairwise((columns, *hidden, outputs)))
        for hidden in settings.hidden
    )
    largest = max(engine.max_runs for engine in ENGINES.values())
    together = min(largest, max(2, CHUNK_BYTES // (BYTES_PER_WEIGHT * weights)))
    return BYTES_PER_WEIGHT * weights * min(runs, together * count_cores())


def check_size(settings: ComparisonSettings, data: Dataset) -> ComparisonSize:
    """Refuse a comparison that looks too large, unless it was confirmed."""
    size = estimate_size(settings, data)
    if settings.yes:
        return size
    memory = measure_memory()
    if size.runs > MAX_RUNS or size.memory > memory / 2:
        raise OptionError(
            f"needed at most {MAX_RUNS:,} runs and half of the {format_bytes(memory)} of memory "
            "without asking",
            got=f"{size.runs:,} runs, which need {format_bytes(size.memory)} of memory and "
            f"{format_bytes(size.disk)} of disk",
            fix="fewer values per option, or smaller --hidden, --splits, --repeats or --epochs; "
            "or confirm with --yes",
        )
    return size


def measure_memory() -> int:
    """Return the bytes of physical memory; 8 GiB where the system does not tell."""
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return 8 * 2**30


def format_bytes(count: float) -> str:
    """Format bytes with a unit.

    Examples:
        >>> format_bytes(2_500), format_bytes(3 * 2**30)
        ('2.4 KiB', '3.0 GiB')
    """
    power = min(int(math.log(max(count, 1), 1024)), 5)
    return f"{count / 1024**power:.1f} {('B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB')[power]}"
