"""The decision boundary for each alpha, as the frames of an animation."""

import os
from dataclasses import dataclass

import numpy as np

from losslab.core.errors import OptionError
from losslab.data.options import format_option
from losslab.experiment.penalty_path.study import PathStudy
from losslab.experiment.penalty_path.trace import PathOutcome
from losslab.plots.boundary.rows import prepare_rows
from losslab.plots.boundary.surface import Boundary, prepare


@dataclass(frozen=True, kw_only=True, eq=False)
class BoundaryFrames:
    """Prepared boundaries over the same rows, by rising alpha."""

    frames: tuple[Boundary, ...]

    def write(self, path: str | os.PathLike[str], frame_ms: float) -> None:
        """Write them as GIF or WebP, whole or not at all."""
        from losslab.plots.boundary_animation import write_boundary_animation

        write_boundary_animation(path, self.frames, frame_ms=frame_ms)


def check_boundary(study: PathStudy) -> None:
    """Refuse, before anything is trained, a table whose models have no boundary to draw.

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
        named = ", ".join(study.names[:4])
        raise OptionError(
            "needed two features that are numbers for --gif",
            got=f"{len(study.names)} inputs: {named}{', ...' if len(study.names) > 4 else ''}",
            fix=format_option("features", numbers[:2]) if len(numbers) > 1 else "leave out --gif",
        )


def boundary_frames(outcome: PathOutcome) -> BoundaryFrames:
    """Ask the first repetition's networks, but those that diverged, for their boundaries."""
    study, found = outcome.study, outcome.findings
    check_boundary(study)
    alive = [
        (place, result)
        for place, result in enumerate(outcome.first, start=1)
        if result.diverged_at is None and np.isfinite(result.test_output).all()
    ]
    if not alive:
        raise OptionError(
            "needed networks whose training did not diverge",
            got=f"{len(outcome.first)} that did",
            fix="--lr with a smaller learning rate",
        )
    table, held = study.tables[0], study.holdouts[0]
    rows = prepare_rows(
        table.X[held.train].astype(np.float64),
        table.y[held.train],
        test=(table.X[held.test].astype(np.float64), table.y[held.test]),
        axes=[f"{name}, standardised" for name in study.inputs[0]],
        classes=study.data.classes,
    )
    n = len(outcome.first)
    return BoundaryFrames(
        frames=tuple(
            prepare(
                result,
                rows,
                title=f"{found.kind} penalty, alpha = {result.run.alpha:.3g} ({place} of {n})",
            )
            for place, result in alive
        )
    )
