"""The result of ``losslab.compare``."""

import os
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from losslab.core.errors import OptionError
from losslab.data.options import TableOptions
from losslab.experiment.comparison.compare import ComparisonResult
from losslab.experiment.comparison.findings import Findings, Recommendation
from losslab.report.compare.json_report import build_payload
from losslab.report.terminal import render_text

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType


@dataclass(frozen=True, eq=False)
class Comparison:
    """What ``losslab.compare`` returns.

    Attributes:
        result: the findings, with the candidates and the table.
        source: the name or path of the table, if it had one.
        options: how the table was read.
        report: where the report was written, if it was.
    """

    result: ComparisonResult
    source: str | None
    options: TableOptions
    report: str | None = None

    @property
    def findings(self) -> Findings:
        """All results as plain values."""
        return self.result.findings

    @property
    def verdict(self) -> str:
        """What the splits show, in words."""
        return self.findings.verdict

    @property
    def recommendation(self) -> Recommendation | None:
        """The set-up to train with and its reason; None if every candidate diverged."""
        return self.findings.recommendation

    @property
    def succeeded(self) -> bool:
        """Whether a set-up could be recommended."""
        return self.recommendation is not None

    def frame(self) -> "pd.DataFrame":
        """Return the ranking as a data frame, one row per candidate."""
        import pandas as pd

        rows = []
        for row in self.to_dict()["rows"]:
            metrics = row.pop("metrics")
            rows.append({**row, **metrics})
        return pd.DataFrame(rows).drop(columns=["rates"])

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON values, as ``--json`` prints it."""
        return build_payload(self.findings, self.report)

    def plot(self, ax: Any = None, figure: str = "intervals") -> Any:
        """Draw a figure and return it.

        Args:
            ax: matplotlib axes to draw on; by default, a new matplotlib figure.
            figure: intervals, learning_curves or learning_rates.
        """
        from losslab.plots.catalog import COMPARISON_FIGURES
        from losslab.report.pictures import plot_figure

        return plot_figure(COMPARISON_FIGURES, figure, self.findings, ax, example="intervals")

    def code(self) -> str:
        """Return the recommended set-up as a PyTorch script that does not need losslab."""
        from losslab.report.script.script import ScriptSetup, write_script

        chosen = self.recommendation
        if chosen is None:
            only_wrong = all(row.candidate.wrong for row in self.findings.rows)
            raise OptionError(
                "needed a recommended set-up to write as a script",
                got="a comparison in which none that fits was ranked",
                fix=(
                    "compare pairings that fit too"
                    if only_wrong
                    else "try smaller learning rates: --lr 0.0001,0.001"
                ),
            )
        run = self.result.candidates[chosen.name].run
        return write_script(
            ScriptSetup(
                source=self.source,
                data=self.result.study.data,
                run=replace(run, lr=chosen.lr, alpha=chosen.alpha),
                metric=self.findings.metric.name,
                options=self.options,
                plan=self.result.study.plan,
            )
        )

    def to_html(self, path: str | os.PathLike[str]) -> None:
        """Write the report as one self-contained HTML file."""
        from losslab.report.compare.html import write_report

        write_report(self.findings, path)

    def render(self, without: Collection[str] = ()) -> "RenderableType":
        """Return what a terminal shows, without notes that were shown before."""
        from losslab.report.compare.table import format_comparison

        notes = tuple(note for note in self.findings.notes if note not in without)
        return format_comparison(replace(self.findings, notes=notes), self.report)

    def __str__(self) -> str:
        """Return the table and the verdict as text."""
        return render_text(self.render())

    def __repr__(self) -> str:
        count, name = len(self.findings.rows), self.findings.data.name
        return f"<Comparison of {count} candidates on {name!r}>"

    def _repr_html_(self) -> str:
        from losslab.report.compare.html import render_ranking

        return render_ranking(self.findings)
