"""Reference models: what the table gives without a network."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import version
from typing import Any

import numpy as np
import threadpoolctl

from losslab.core.hashing import hash_content
from losslab.core.tasks import CLASS_TASKS
from losslab.experiment.comparison.recording import build_shared_spec, list_versions
from losslab.experiment.comparison.study import Study
from losslab.experiment.monitor import Monitor
from losslab.experiment.record import Record
from losslab.experiment.store import Store
from losslab.metrics.evaluate import evaluate


@dataclass(frozen=True)
class Estimator:
    """An estimator of scikit-learn, imported when it is built.

    Args:
        path: such as ``linear_model.Ridge``.
        summary: what it does, in a line; by default its name.
        options: its arguments.
    """

    path: str
    summary: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    def build(self) -> Any:
        """Import and build the estimator."""
        module, _, name = self.path.partition(".")
        return getattr(import_module(f"sklearn.{module}"), name)(**self.options)

    def describe(self) -> str:
        """Describe the estimator in a line."""
        return self.summary or self.path.partition(".")[2]


# By name, for classes and for numbers.
REFERENCES: Mapping[str, tuple[Estimator, Estimator]] = {
    "constant": (
        Estimator("dummy.DummyClassifier", "predicts the class frequencies", {"strategy": "prior"}),
        Estimator("dummy.DummyRegressor", "predicts the mean", {"strategy": "mean"}),
    ),
    "linear": (
        Estimator("linear_model.LogisticRegression", options={"max_iter": 5000}),
        Estimator("linear_model.Ridge"),
    ),
    "boosting": (
        Estimator("ensemble.HistGradientBoostingClassifier", options={"random_state": 0}),
        Estimator("ensemble.HistGradientBoostingRegressor", options={"random_state": 0}),
    ),
}


def choose_estimator(name: str, task: str) -> Estimator:
    """Choose the estimator of a reference model for a task."""
    return REFERENCES[name][0 if task in CLASS_TASKS else 1]


def train_references(study: Study, store: Store, monitor: Monitor) -> dict[str, list[Record]]:
    """Return the records of every reference model, one per split; train those not stored."""
    splits = range(len(study.splits))
    keys = {
        (name, split): hash_content(build_reference_spec(name, study, split))
        for name in REFERENCES
        for split in splits
    }
    stored = store.get(keys.values())
    if len(stored) < len(keys):
        monitor.say("reference models on the same splits")
    for name in REFERENCES:
        due = [split for split in splits if keys[name, split] not in stored]
        records = [train_reference(name, study, split) for split in due]
        store.add(records)
        stored |= {record.key: record for record in records}
    return {name: [stored[keys[name, split]] for split in splits] for name in REFERENCES}


def build_reference_spec(name: str, study: Study, split: int) -> dict[str, Any]:
    """Return everything that determines a reference's outcome on a split."""
    return {
        **build_shared_spec(study, split),
        "reference": {"name": name, "scikit-learn": version("scikit-learn")},
    }


def train_reference(name: str, study: Study, split: int) -> Record:
    """Train and measure one reference model on one split."""
    table, task = study.tables[split], study.data.task
    rows = np.concatenate([table.train, table.validation])
    estimator = choose_estimator(name, task).build()
    # Threads that wait for each other cost small tables more than they give, and on a busy machine
    # a hundred times more.
    with warnings.catch_warnings(), threadpoolctl.threadpool_limits(1):
        # A solver that has not converged to its last digit is good enough for a reference.
        warnings.simplefilter("ignore")
        estimator.fit(table.X[rows], table.y[rows])
        predicted = estimator.predict(table.X[table.test])
        outputs = {"values": predicted}
        if task in CLASS_TASKS:
            probabilities = estimator.predict_proba(table.X[table.test])
            outputs = {"classes": predicted, "probabilities": probabilities}
    n_classes = len(study.data.classes) or None
    metrics = evaluate(task, table.y[table.test], **outputs, n_classes=n_classes)
    return Record.from_spec(
        build_reference_spec(name, study, split), {"metrics": metrics, "versions": list_versions()}
    )
