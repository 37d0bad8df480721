"""From an engine's result to a stored record."""

import platform
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from losslab.core.hashing import hash_content
from losslab.experiment.comparison.study import Study
from losslab.experiment.record import Record
from losslab.metrics.evaluate import evaluate
from losslab.objectives.objective import Objective
from losslab.training.result import Result
from losslab.training.run import Run

# Raised whenever a change lets an engine or a metric give other numbers for the same run.
NUMERICS = 4


def run_spec(run: Run, study: Study, engine: str) -> dict[str, Any]:
    """Return everything that determines a run's outcome, as plain data."""
    spec = run.to_dict()
    spec.pop("split")  # its number says less than its rows
    return {**shared_spec(study, run.split), "run": spec, "engine": engine}


def shared_spec(study: Study, split: int) -> dict[str, Any]:
    """The part of a spec that says on what data, and by which code."""
    rows = study.splits[split]
    return {
        "data": {
            "name": study.data.name,
            "fingerprint": study.data.fingerprint,
            "task": study.data.task,
            "impute": study.impute,
        },
        "split": {"repeat": rows.repeat, "fold": rows.fold, "hash": rows.key},
        "numerics": NUMERICS,
    }


def run_key(spec: Mapping[str, Any]) -> str:
    """The content hash under which a run with this spec is stored."""
    return hash_content(spec)


def make_record(result: Result, study: Study) -> Record:
    """Measure a result on its test rows, and keep what a comparison needs of it."""
    run = result.run
    return Record.from_spec(
        run_spec(run, study, result.engine),
        {
            "metrics": compute_metrics(result, study),
            "selection": result.best,
            "best_epoch": result.best_epoch,
            "diverged_at": result.diverged_at,
            "zero_weights": result.zero_weights,
            "weights": result.n_weights,
            "versions": versions(),
        },
        {
            "train_loss": result.train_loss.astype(np.float32),
            "validation_loss": result.validation_loss.astype(np.float32),
            "selection": result.selection.astype(np.float32),
        },
    )


def compute_metrics(result: Result, study: Study) -> dict[str, float]:
    """Every metric of the task on the test rows; empty if the run diverged."""
    if result.diverged_at is not None:
        return {}
    y = study.data.y[study.splits[result.run.split].test]
    return evaluate_outputs(result.objective, result.test_output, y, len(study.data.classes))


def evaluate_outputs(
    objective: Objective, output: NDArray[np.float64], y: NDArray[Any], n_classes: int
) -> dict[str, float]:
    """Every metric of the task for a network's outputs ``(N, K)`` on rows with labels ``(N,)``."""
    # Numba takes a while to import.
    from losslab.training.engines.compiled import compute_predictions

    prediction, linked = compute_predictions(objective, output)
    if objective.codec.reads == "values":
        values = linked[:, 0] * objective.codec.scale + objective.codec.location
        return evaluate(objective.task, y, values=values)
    single = objective.width == 1
    probabilities = np.hstack([1.0 - linked, linked]) if single else linked
    return evaluate(
        objective.task,
        y,
        classes=objective.to_classes(prediction),
        probabilities=probabilities if objective.gives_probabilities else None,
        scores=objective.to_decision(prediction) if objective.task == "binary" else None,
        n_classes=n_classes,
    )


def versions() -> dict[str, str]:
    """The versions that numbers depend on."""
    return {
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "numpy": np.__version__,
        "machine": f"{platform.machine()} {torch.backends.cpu.get_cpu_capability()}",
    }
