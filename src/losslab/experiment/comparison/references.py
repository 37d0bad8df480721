"""Models that are no candidates but tell what the table gives without a network."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
import threadpoolctl

from losslab.core.tasks import CLASS_TASKS
from losslab.experiment.comparison.recording import shared_spec, versions
from losslab.experiment.comparison.study import Study
from losslab.experiment.record import Record
from losslab.metrics.evaluate import evaluate


@dataclass(frozen=True, kw_only=True)
class ReferenceModel:
    """A scikit-learn model, trained on all rows that are not test rows.

    Args:
        name: as shown.
        for_classes, for_numbers: what it is, in a line.
        classifier, regressor: build it; both take a seed.
    """

    name: str
    for_classes: str
    for_numbers: str
    classifier: Callable[[int], Any]
    regressor: Callable[[int], Any]

    def summary(self, task: str) -> str:
        """What it is, for a task."""
        return self.for_classes if task in CLASS_TASKS else self.for_numbers


def _constant_classifier(seed: int) -> Any:
    from sklearn.dummy import DummyClassifier

    return DummyClassifier(strategy="prior")


def _constant_regressor(seed: int) -> Any:
    from sklearn.dummy import DummyRegressor

    return DummyRegressor(strategy="mean")


def _linear_classifier(seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=5000)


def _linear_regressor(seed: int) -> Any:
    from sklearn.linear_model import Ridge

    return Ridge()


def _boosted_classifier(seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(random_state=seed)


def _boosted_regressor(seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingRegressor

    return HistGradientBoostingRegressor(random_state=seed)


REFERENCES = (
    ReferenceModel(
        name="constant",
        for_classes="predicts the class frequencies",
        for_numbers="predicts the mean",
        classifier=_constant_classifier,
        regressor=_constant_regressor,
    ),
    ReferenceModel(
        name="linear",
        for_classes="LogisticRegression",
        for_numbers="Ridge",
        classifier=_linear_classifier,
        regressor=_linear_regressor,
    ),
    ReferenceModel(
        name="boosting",
        for_classes="HistGradientBoostingClassifier",
        for_numbers="HistGradientBoostingRegressor",
        classifier=_boosted_classifier,
        regressor=_boosted_regressor,
    ),
)


def reference_spec(model: ReferenceModel, study: Study, split: int) -> dict[str, Any]:
    """Everything that determines a reference's outcome on a split."""
    return {
        **shared_spec(study, split),
        "reference": {"name": model.name, "scikit-learn": version("scikit-learn")},
    }


def train_reference(model: ReferenceModel, study: Study, split: int) -> Record:
    """Train and measure one reference on one split."""
    table = study.tables[split]
    seen = np.concatenate([table.train, table.validation])
    classes = study.data.task in CLASS_TASKS
    fitted = (model.classifier if classes else model.regressor)(0)
    # Threads that wait for each other cost small tables more than they give, and on a busy machine
    # a hundred times more.
    with warnings.catch_warnings(), threadpoolctl.threadpool_limits(1):
        # That a solver has not converged to its last digit does not matter for a reference.
        warnings.simplefilter("ignore")
        fitted.fit(table.X[seen], table.y[seen])
        inputs = {
            "values": None if classes else fitted.predict(table.X[table.test]),
            "classes": fitted.predict(table.X[table.test]) if classes else None,
            "probabilities": fitted.predict_proba(table.X[table.test]) if classes else None,
        }
    metrics = evaluate(
        study.data.task,
        table.y[table.test],
        **inputs,
        n_classes=len(study.data.classes) or None,
    )
    return Record.from_spec(
        reference_spec(model, study, split), {"metrics": metrics, "versions": versions()}
    )
