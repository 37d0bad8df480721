"""Small tables, and comparisons of a second or less on them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from losslab.core.options import list_parameters, read_options, select_options
from losslab.data.dataset import Dataset
from losslab.experiment.comparison.compare import ComparisonResult, Request, run_comparison
from losslab.experiment.comparison.execute import Executor
from losslab.experiment.comparison.findings import Findings
from losslab.experiment.comparison.settings import ComparisonSettings
from losslab.experiment.comparison.study import Study, make_study
from losslab.experiment.monitor import Monitor
from losslab.experiment.store import Store
from losslab.report.compare.compare import compare
from losslab.report.compare.json_report import build_payload

OPTIONS = {
    "hidden": (8,),
    "batch_size": 16,
    "epochs": 3,
    "splits": 2,
    "repeats": 1,
    "reference": False,
}
CLASSES = {"binary": ("no", "yes"), "multiclass": ("blue", "green", "red")}


def table(task: str = "binary", rows: int = 60, seed: int = 0, name: str = "toy") -> Dataset:
    """Two numbers and a category that tell something of the target, with noise."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, 2))
    level = random.integers(0, 3, rows)
    signal = x[:, 0] + 0.5 * level + random.normal(0, 0.5, rows)
    classes = CLASSES.get(task, ())
    if classes:
        target = np.argsort(np.argsort(signal)) * len(classes) // rows
    else:
        target = 1000 + 70 * signal if task == "regression" else np.round(np.exp(signal))
    return Dataset(
        name=name,
        X=pd.DataFrame(
            {"a": x[:, 0], "b": x[:, 1], "c": pd.Categorical.from_codes(level, ["p", "q", "r"])}
        ),
        y=target,
        task=task,
        classes=classes,
        target="outcome",
    )


def make_skewed_table(share: float, rows: int = 100) -> Dataset:
    """A binary table whose first class holds ``share`` of the rows."""
    data = table("binary", rows)
    return replace(data, y=(np.arange(rows) >= round(share * rows)).astype(np.int64))


def settings(**options: object) -> ComparisonSettings:
    unknown = options.keys() - list_parameters(compare).keys()
    assert not unknown, unknown
    return select_options(ComparisonSettings, read_options(compare, {**OPTIONS, **options}))


class RecordingMonitor(Monitor):
    """Keeps what a comparison says and does; ``act`` is called with every event's name."""

    def __init__(self, act=lambda event: None) -> None:
        self.lines: list[str] = []
        self.events: list[str] = []
        self.act = act

    def say(self, text: str) -> None:
        self.lines.append(text)

    def set_metric(self, metric: str, higher_is_better: bool) -> None:
        self.ranked_by = metric, higher_is_better

    def advance(self, runs: float) -> None:
        self.act("advance")

    def finish_run(self, name: str, score: float | None) -> None:
        self.events.append(name)
        self.act("finished")


def outcome(data: Dataset, store: Path | None = None, monitor=None, **options) -> ComparisonResult:
    request = Request(
        data=data, impute=False, settings=settings(**options), store=store, command="losslab"
    )
    return run_comparison(request, monitor or Monitor())


def compare_table(data: Dataset, store: Path | None = None, monitor=None, **options) -> Findings:
    return outcome(data, store, monitor, **options).findings


def count_runs(findings: Findings) -> tuple[int, int]:
    """Count the runs that were trained and those that were reused."""
    return findings.provenance.runs_trained, findings.provenance.runs_reused


def numbers(findings: Findings) -> dict:
    """All that was found, without how long it took and what was reused."""
    found = build_payload(findings)
    for passing in ("runs_trained", "runs_reused", "seconds", "store", "notes"):
        del found[passing]
    curves = [
        (row.training.train_loss.tolist(), row.training.validation.tolist())
        for row in findings.rows
    ]
    return {**found, "curves": str(curves)}  # as text, since NaN differs from itself


def study(data: Dataset, **options) -> Study:
    return make_study(settings(**options), data, impute=False)


def executor(of: Study, store: Store) -> Executor:
    return Executor(study=of, store=store, engine="auto", monitor=Monitor())
