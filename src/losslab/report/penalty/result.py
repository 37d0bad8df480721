"""A finished path, with everything that can be made from it."""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from html import escape
from typing import TYPE_CHECKING, Any

from losslab.core.errors import OptionError
from losslab.core.files import write_text
from losslab.core.json_values import to_json_value
from losslab.experiment.penalty_path.findings import Choice, Estimate, PathFindings, Point
from losslab.experiment.penalty_path.trace import PathOutcome
from losslab.metrics.catalog import METRICS
from losslab.report.penalty.table import heading, path_columns, reading, remarks, verdict
from losslab.report.terminal import print_plainly

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType


@dataclass(frozen=True, eq=False)
class PenaltyPath:
    """What ``losslab.penalty_path`` returns.

    Args:
        outcome: the findings, with the networks of the first repetition.
        command: what to type to make it again.
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
        """The alpha to take, by the rule of one standard error; None if every alpha diverged."""
        return self.findings.choice

    @property
    def verdict(self) -> str:
        """Which alpha to take and why, in words."""
        return verdict(self.findings)

    def frame(self) -> "pd.DataFrame":
        """Return a data frame with one row per alpha; ``_se`` are standard errors of means."""
        import pandas as pd

        return pd.DataFrame([self._row(point) for point in self.findings.points])

    def _row(self, point: Point) -> dict[str, Any]:
        found = self.findings
        row: dict[str, Any] = {"penalty": found.kind, "alpha": point.alpha, **found.penalty_params}
        for name in found.metrics:
            row |= _two(f"train_{name}", point.train[name])
            row |= _two(f"test_{name}", point.test[name])
        row |= {
            "nonzero_weights": point.nonzero.mean,
            "weights": found.n_weights,
            "used_features": point.features.mean,
            "features": len(found.features),
            "l1_norm": point.l1.mean,
            "l2_norm": point.l2.mean,
        }
        row |= {f"l2_norm_layer_{at}": norm.mean for at, norm in enumerate(point.layers, start=1)}
        several = len({one.output for one in found.coefficients}) > 1
        for which, value in zip(found.coefficients, point.coefficients, strict=True):
            of = f" for {which.output}" if several else ""
            row[f"coefficient of {which.feature}{of}"] = value.mean
        chosen = found.choice is not None and point.alpha == found.choice.alpha
        return {**row, "diverged": point.diverged, "chosen": chosen}

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON values, as ``--json`` prints it; what is no number is null."""
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
            ax: matplotlib axes to draw on; by default a figure of its own.
            figure: regularisation_path, sparsity, weight_norms, or, of a linear model,
                coefficient_path.
        """
        from losslab.plots.catalog import PATH_FIGURES
        from losslab.plots.render import to_figure

        if ax is not None and not hasattr(ax, "get_figure"):
            known = ax if ax in PATH_FIGURES else "sparsity"
            raise OptionError(
                "needed matplotlib axes to draw on", got=repr(ax), fix=f"plot(figure={known!r})"
            )
        chosen = PATH_FIGURES[figure]
        data = chosen.prepare(self.findings)
        if ax is None:
            return to_figure(chosen, data)
        chosen.draw(data, ax)
        return ax

    def picture(self, path: str | os.PathLike[str]) -> None:
        """Write all figures below one another as PNG or SVG, by the file name."""
        from losslab.plots.catalog import PATH_FIGURES
        from losslab.plots.render import Panel, write_panels

        found = self.findings
        metric, *others = PATH_FIGURES.values()
        first, *beside = found.metrics
        judged = metric.prepare(found, first)
        panels: list[Panel] = [(metric.title, metric, judged)]
        panels += [
            (f"The same, by {METRICS[name].label}", metric, metric.prepare(found, name))
            for name in beside
        ]
        panels += [
            (figure.title, figure, figure.prepare(found))
            for figure in others
            if found.coefficients or figure.name != "coefficient_path"
        ]
        write_panels(path, heading(found), panels, metric.write_caption(judged))

    def gif(self, path: str | os.PathLike[str], frame_ms: float = 500) -> None:
        """Animate the decision boundary of the first repetition over alpha, as GIF or WebP.

        Args:
            path: a file name ending in .gif or .webp; a description is written beside it.
            frame_ms: how long a frame stands; the last one stands for at least 1.5 seconds.

        Raises:
            OptionError: unless there are classes and two features that are numbers.
        """
        from losslab.report.penalty.boundary_frames import boundary_frames

        boundary_frames(self.outcome).write(path, frame_ms)

    @property
    def succeeded(self) -> bool:
        """Whether an alpha could be chosen."""
        return self.chosen is not None

    def render(self, without: Collection[str] = ()) -> "RenderableType":
        """Return what a terminal shows, without notes that were shown before."""
        from losslab.report.penalty.table import PathTable

        notes = tuple(note for note in self.findings.notes if note not in without)
        return PathTable(findings=replace(self.findings, notes=notes), written=self.written)

    def __str__(self) -> str:
        """Return the table and the choice as text."""
        return print_plainly(self.render())

    def __repr__(self) -> str:
        found = self.findings
        return f"<PenaltyPath of {found.kind} at {len(found.points)} alphas on {found.data!r}>"

    def _repr_html_(self) -> str:
        columns = path_columns(self.findings)
        titles = "".join(f"<th>{escape(one.title)}</th>" for one in columns)
        rows = "".join(
            f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
            for cells in zip(*(one.cells for one in columns), strict=True)
        )
        words = [heading(self.findings), reading(self.findings), *remarks(self.findings)]
        told = "".join(f"<p>{escape(text)}</p>" for text in words)
        return (
            f'<div class="losslab"><p><strong>{escape(self.verdict)}</strong></p>'
            f"<table><thead><tr>{titles}</tr></thead><tbody>{rows}</tbody></table>{told}</div>"
        )


def _two(name: str, value: Estimate) -> dict[str, float]:
    return {name: value.mean, f"{name}_se": value.error}
