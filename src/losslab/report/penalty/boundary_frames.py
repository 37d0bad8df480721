"""The decision boundary for each alpha, as the frames of an animation."""

import numpy as np

from losslab.core.errors import OptionError
from losslab.data.options import format_option
from losslab.experiment.penalty_path.study import PathStudy
from losslab.experiment.penalty_path.trace import PathOutcome
from losslab.plots.boundary.rows import prepare_rows
from losslab.plots.boundary.surface import Boundary, prepare


def check_boundary(study: PathStudy) -> None:
    """Refuse a table whose models have no boundary to draw, before anything is trained.

    Raises:
        OptionError: unless there are classes, and two features that are numbers.
    """
    data = study.data
    if not data.classes:
        raise OptionError(
            "needed a target with classes for --gif, which shows a decision boundary",
            got=f"task {data.task!r}",
            fix="leave out --gif",
        )
    numbers = [str(name) for name in data.X.columns if str(data.X[name].dtype) == "float64"]
    if len(numbers) != 2 or len(study.names) != 2:
        names = ", ".join(study.names[:4])
        raise OptionError(
            "needed two features that are numbers for --gif",
            got=f"{len(study.names)} inputs: {names}{', ...' if len(study.names) > 4 else ''}",
            fix=format_option("features", numbers[:2]) if len(numbers) > 1 else "leave out --gif",
        )


def prepare_boundaries(outcome: PathOutcome) -> tuple[Boundary, ...]:
    """Prepare the decision boundaries of the first repetition's networks that did not diverge."""
    study, kind, first = outcome.study, outcome.findings.penalty.kind, outcome.first
    check_boundary(study)
    table, holdout = study.tables[0], study.holdouts[0]
    rows = prepare_rows(
        table.X[holdout.train].astype(np.float64),
        table.y[holdout.train],
        test=(table.X[holdout.test].astype(np.float64), table.y[holdout.test]),
        axes=[f"{name}, standardised" for name in study.inputs[0]],
        classes=study.data.classes,
    )
    boundaries = tuple(
        prepare(
            result,
            rows,
            title=f"{kind} penalty, alpha = {result.run.alpha:.3g} ({number} of {len(first)})",
        )
        for number, result in enumerate(first, start=1)
        if result.diverged_at is None and np.isfinite(result.test_output).all()
    )
    if not boundaries:
        raise OptionError(
            "needed networks whose training did not diverge",
            got=f"{len(first)} that did",
            fix="--lr with a smaller learning rate",
        )
    return boundaries
