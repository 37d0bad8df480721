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


@dataclass(frozen=True, kw_only=True)
class ReferenceModel:
    """A model of scikit-learn, trained on all rows that are not test rows.

    Args:
        name: as shown.
        classifier, regressor: the estimator for classes and for numbers.
    """

    name: str
    classifier: Estimator
    regressor: Estimator

    def for_task(self, task: str) -> Estimator:
        """Return the estimator for a task."""
        return self.classifier if task in CLASS_TASKS else self.regressor


REFERENCES = (
    ReferenceModel(
        name="constant",
        classifier=Estimator(
            "dummy.DummyClassifier", "predicts the class frequencies", {"strategy": "prior"}
        ),
        regressor=Estimator("dummy.DummyRegressor", "predicts the mean", {"strategy": "mean"}),
    ),
    ReferenceModel(
        name="linear",
        classifier=Estimator("linear_model.LogisticRegression", options={"max_iter": 5000}),
        regressor=Estimator("linear_model.Ridge"),
    ),
    ReferenceModel(
        name="boosting",
        classifier=Estimator(
            "ensemble.HistGradientBoostingClassifier", options={"random_state": 0}
        ),
        regressor=Estimator("ensemble.HistGradientBoostingRegressor", options={"random_state": 0}),
    ),
)


def train_references(study: Study, store: Store, monitor: Monitor) -> dict[str, list[Record]]:
    """Return the records of every reference model, one per split; train those not stored."""
    splits = range(len(study.splits))
    specs = {
        (model.name, split): build_reference_spec(model, study, split)
        for model in REFERENCES
        for split in splits
    }
    keys = {place: hash_content(spec) for place, spec in specs.items()}
    stored = store.get(keys.values())
    if len(stored) < len(keys):
        monitor.say("reference models on the same splits")
    for model in REFERENCES:
        due = [split for split in splits if keys[model.name, split] not in stored]
        records = [train_reference(model, study, split) for split in due]
        store.add(records)
        stored |= {record.key: record for record in records}
    return {
        model.name: [stored[keys[model.name, split]] for split in splits] for model in REFERENCES
    }


def build_reference_spec(model: ReferenceModel, study: Study, split: int) -> dict[str, Any]:
    """Return everything that determines a reference's outcome on a split."""
    return {
        **build_shared_spec(study, split),
        "reference": {"name": model.name, "scikit-learn": version("scikit-learn")},
    }


def train_reference(model: ReferenceModel, study: Study, split: int) -> Record:
    """Train and measure one reference model on one split."""
    table, task = study.tables[split], study.data.task
    rows = np.concatenate([table.train, table.validation])
    estimator = model.for_task(task).build()
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
        build_reference_spec(model, study, split), {"metrics": metrics, "versions": list_versions()}
    )
