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
        row: dict[str, Any] = {"penalty": found.kind, "alpha": point.alpha, **found.penalty_params}
        for name in found.metrics:
            for part, scores in (("train", point.train), ("test", point.test)):
                row[f"{part}_{name}"] = scores[name].mean
                row[f"{part}_{name}_se"] = scores[name].error
        row |= {
            "nonzero_weights": point.nonzero.mean,
            "weights": found.n_weights,
            "used_features": point.features.mean,
            "features": len(found.features),
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
        return {
            **to_json_value(self.findings),
            "seconds": round(self.findings.seconds, 3),
            "command": self.command,
            "files": dict(self.written),
        }

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
        return f"<PenaltyPath of {found.kind} at {len(found.points)} alphas on {found.data!r}>"

    def _repr_html_(self) -> str:
        from losslab.report.html import render_notebook

        found = self.findings
        paragraphs = [write_heading(found), describe_measurement(found), *write_notes(found)]
        return render_notebook(self.verdict, make_columns(found), paragraphs)
