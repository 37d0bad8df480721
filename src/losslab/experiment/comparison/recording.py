"""Records of runs: an engine's result, measured on the test rows."""

import platform
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from losslab.experiment.comparison.study import Study
from losslab.experiment.record import Record
from losslab.metrics.evaluate import evaluate
from losslab.objectives.objective import Objective
from losslab.training.result import Result
from losslab.training.run import Run

# Increased whenever an engine or a metric gives other numbers for the same run than before.
NUMERICS = 4


def build_run_spec(run: Run, study: Study, engine: str) -> dict[str, Any]:
    """Return everything that determines a run's outcome, as JSON values."""
    spec = run.to_dict()
    spec.pop("split")  # its number says less than its rows
    return {**build_shared_spec(study, run.split), "run": spec, "engine": engine}


def build_shared_spec(study: Study, split: int) -> dict[str, Any]:
    """Return the part of a spec that identifies the data and the version of the code."""
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


def make_record(result: Result, study: Study) -> Record:
    """Measure a result on its test rows, and record what a comparison needs of it."""
    run = result.run
    return Record.from_spec(
        build_run_spec(run, study, result.engine),
        {
            "metrics": compute_metrics(result, study),
            "selection": result.best,
            "best_epoch": result.best_epoch,
            "diverged_at": result.diverged_at,
            "zero_weights": result.zero_weights,
            "weights": result.n_weights,
            "versions": list_versions(),
        },
        {
            "train_loss": result.train_loss.astype(np.float32),
            "validation_loss": result.validation_loss.astype(np.float32),
            "selection": result.selection.astype(np.float32),
        },
    )


def compute_metrics(result: Result, study: Study) -> dict[str, float]:
    """Compute every metric of the task on the test rows; none if the run diverged."""
    if result.diverged_at is not None:
        return {}
    y = study.data.y[study.splits[result.run.split].test]
    return evaluate_outputs(result.objective, result.test_output, y, len(study.data.classes))


def evaluate_outputs(
    objective: Objective, output: NDArray[np.float64], y: NDArray[Any], n_classes: int
) -> dict[str, float]:
    """Compute every metric of a task for a network's outputs.

    Shape:
        output ``(N, K)``, y ``(N,)``
    """
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


def list_versions() -> dict[str, str]:
    """List the versions that numbers depend on."""
    return {
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "numpy": np.__version__,
        "machine": f"{platform.machine()} {torch.backends.cpu.get_cpu_capability()}",
    }
