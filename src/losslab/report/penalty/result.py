"""The result of ``losslab.penalty_path``."""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from losslab.core.files import write_text
from losslab.core.json_values import to_json_value
from losslab.experiment.penalty_path.findings import Choice, PathFindings, Point
from losslab.experiment.penalty_path.trace import PathOutcome
from losslab.metrics.catalog import METRICS
from losslab.report.penalty.table import (
    describe_measurement,
    format_path,
    make_columns,
    write_heading,
    write_notes,
    write_verdict,
)
from losslab.report.terminal import render_text

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType


@dataclass(frozen=True, eq=False)
class PenaltyPath:
    """What ``losslab.penalty_path`` returns.

    Attributes:
        outcome: the findings, with the networks of the first repetition.
        command: repeats the path on the command line.
        written: the files that were written, by what they hold.
    """

    outcome: PathOutcome
    command: str
    written: Mapping[str, str] = field(default_factory=dict)

    @property
    def findings(self) -> PathFindings:
        """All results as plain values."""
        return self.outcome.findings

    @property
    def chosen(self) -> Choice | None:
        """The alpha to take, by the one-standard-error rule; None if every alpha diverged."""
        return self.findings.choice

    @property
    def verdict(self) -> str:
        """Which alpha to take and why, in words."""
        return write_verdict(self.findings)

    def frame(self) -> "pd.DataFrame":
        """Return a data frame with one row per alpha; ``_se`` are standard errors of means."""
        import pandas as pd

        return pd.DataFrame([self._make_row(point) for point in self.findings.points])

    def _make_row(self, point: Point) -> dict[str, Any]:
        found = self.findings
        row: dict[str, Any] = {
            "penalty": found.penalty.kind,
            "alpha": point.alpha,
            **found.penalty.params,
        }
        for name in found.metrics:
            for part, scores in (("train", point.train), ("test", point.test)):
                row[f"{part}_{name}"] = scores[name].mean
                row[f"{part}_{name}_se"] = scores[name].error
        row |= {
            "nonzero_weights": point.nonzero.mean,
            "weights": found.network.n_weights,
            "used_features": point.features.mean,
            "features": len(found.network.features),
            "l1_norm": point.l1.mean,
            "l2_norm": point.l2.mean,
        }
        row |= {f"l2_norm_layer_{i}": norm.mean for i, norm in enumerate(point.layers, start=1)}
        several = len({one.output for one in found.coefficients}) > 1
        for coefficient, value in zip(found.coefficients, point.coefficients, strict=True):
            output = f" for {coefficient.output}" if several else ""
            row[f"coefficient of {coefficient.feature}{output}"] = value.mean
        chosen = found.choice is not None and point.alpha == found.choice.alpha
        return {**row, "diverged": point.diverged, "chosen": chosen}

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON values, as ``--json`` prints it; NaN and infinity are null."""
        found = self.findings
        data, holdouts, penalty, network = found.data, found.holdouts, found.penalty, found.network
        content = {
            "data": data.name,
            "target": data.target,
            "task": data.task,
            "n_rows": data.n_rows,
            "train_rows": holdouts.train_rows,
            "test_rows": holdouts.test_rows,
            "features": network.features,
            "classes": data.classes,
            "kind": penalty.kind,
            "penalty_params": penalty.params,
            "makes_zeros": penalty.makes_zeros,
            "loss": network.loss,
            "head": network.head,
            "hidden": network.hidden,
            "metric": found.metric.name,
            "label": found.metric.label,
            "higher_is_better": found.metric.higher_is_better,
            "reason": found.reason,
            "metrics": found.metrics,
            "repetitions": holdouts.repetitions,
            "n_weights": network.n_weights,
            "points": found.points,
            "coefficients": found.coefficients,
            "unit": found.unit,
            "choice": found.choice,
            "settings": found.settings,
            "notes": found.notes,
            "runs": found.runs,
            "diverged": found.diverged,
            "seconds": round(found.seconds, 3),
            "versions": found.versions,
            "command": self.command,
            "files": dict(self.written),
        }
        values: dict[str, Any] = to_json_value(content)
        return values

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write ``frame()`` as CSV, whole or not at all."""
        write_text(path, self.frame().to_csv(index=False, lineterminator="\n"))

    def plot(self, ax: Any = None, figure: str = "regularisation_path") -> Any:
        """Draw a figure and return it.

        Args:
            ax: matplotlib axes to draw on; by default, a new matplotlib figure.
            figure: regularisation_path, sparsity, weight_norms, or, of a linear model,
                coefficient_path.
        """
        from losslab.plots.catalog import PATH_FIGURES
        from losslab.report.pictures import plot_figure

        return plot_figure(PATH_FIGURES, figure, self.findings, ax, example="sparsity")

    def picture(self, path: str | os.PathLike[str]) -> None:
        """Write all figures below one another as PNG or SVG, by the file name."""
        from losslab.plots.catalog import PATH_FIGURES
        from losslab.plots.render import Panel, write_panels

        found = self.findings
        metric, *others = PATH_FIGURES.values()
        first, *further = found.metrics
        main = metric.prepare(found, first)
        panels: list[Panel] = [(metric.title, metric, main)]
        panels += [
            (f"The same, by {METRICS[name].label}", metric, metric.prepare(found, name))
            for name in further
        ]
        panels += [
            (figure.title, figure, figure.prepare(found))
            for figure in others
            if found.coefficients or figure.name != "coefficient_path"
        ]
        write_panels(path, write_heading(found), panels, metric.write_caption(main))

    def gif(self, path: str | os.PathLike[str], frame_ms: float = 500) -> None:
        """Animate the decision boundary of the first repetition over alpha, as GIF or WebP.

        Args:
            path: a file name ending in .gif or .webp; a description is written beside it.
            frame_ms: milliseconds that each frame is shown; the last one at least 1500.

        Raises:
            OptionError: unless there are classes and two features that are numbers.
        """
        from losslab.plots.boundary_animation import write_boundary_animation
        from losslab.report.penalty.boundary_frames import prepare_boundaries

        write_boundary_animation(path, prepare_boundaries(self.outcome), frame_ms=frame_ms)

    @property
    def succeeded(self) -> bool:
        """Whether an alpha could be chosen."""
        return self.chosen is not None

    def render(self, without: Collection[str] = ()) -> "RenderableType":
        """Return what a terminal shows, without notes that were shown before."""
        notes = tuple(note for note in self.findings.notes if note not in without)
        return format_path(replace(self.findings, notes=notes), self.written)

    def __str__(self) -> str:
        """Return the table and the choice as text."""
        return render_text(self.render())

    def __repr__(self) -> str:
        found = self.findings
        alphas = f"{found.penalty.kind} at {len(found.points)} alphas"
        return f"<PenaltyPath of {alphas} on {found.data.name!r}>"

    def _repr_html_(self) -> str:
        from losslab.report.html import render_notebook

        found = self.findings
        paragraphs = [write_heading(found), describe_measurement(found), *write_notes(found)]
        return render_notebook(self.verdict, make_columns(found), paragraphs)
