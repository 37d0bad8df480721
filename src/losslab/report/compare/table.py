"""A comparison in a terminal: the ranking first, the recommendation last."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from rich.table import Table
from rich.text import Text

from losslab.experiment.comparison.findings import Findings
from losslab.experiment.formatting import format_count
from losslab.plots.scale import choose_span_view, list_spans
from losslab.plots.wording import (
    describe_direction,
    describe_interval,
    describe_setting,
    describe_splits,
    format_seconds,
)
from losslab.report.compare.columns import make_columns
from losslab.report.terminal import (
    ASIDE,
    TerminalReport,
    fit_columns,
    format_footer,
    lay_out_columns,
    list_notes,
)

STYLES = {"best": "bold green", "worse": "red", "diverged": "red", "not ranked": "dim"}


@dataclass(frozen=True, kw_only=True)
class Marks:
    """The characters that an interval is drawn with."""

    mean: str
    bar: str
    left: str
    right: str


UNICODE_MARKS = Marks(
    mean="\N{BLACK CIRCLE}",
    bar="\N{BOX DRAWINGS LIGHT HORIZONTAL}",
    left="\N{BLACK LEFT-POINTING SMALL TRIANGLE}",
    right="\N{BLACK RIGHT-POINTING SMALL TRIANGLE}",
)
ASCII_MARKS = Marks(mean="o", bar="-", left="<", right=">")


def draw_interval(
    span: tuple[float, float, float], view: tuple[float, float], width: int, marks: Marks
) -> str:
    """Draw (low, mean, high) in ``width`` characters; a mean outside the view as an arrow.

    Examples:
        >>> draw_interval((0.2, 0.5, 0.8), view=(0.0, 1.0), width=11, marks=ASCII_MARKS)
        '  ---o---  '
        >>> draw_interval((-2.0, -1.0, 0.0), view=(0.0, 1.0), width=11, marks=ASCII_MARKS)
        '<          '
    """

    def find_cell(value: float) -> int:
        share = (value - view[0]) / (view[1] - view[0])
        return round(min(max(share, 0.0), 1.0) * (width - 1))

    low, mean, high = span
    if not math.isfinite(mean):
        return " " * width
    if mean < view[0]:
        return marks.left.ljust(width)
    if mean > view[1]:
        return marks.right.rjust(width)
    cells = [" "] * width
    if math.isfinite(low) and math.isfinite(high):
        first, last = find_cell(low), find_cell(high)
        cells[first : last + 1] = marks.bar * (last - first + 1)
    cells[find_cell(mean)] = marks.mean
    return "".join(cells)


def format_comparison(findings: Findings, report: str | None = None) -> TerminalReport:
    """Format a comparison for a terminal; ``report`` is the path of the HTML report, if any."""
    return TerminalReport(lay_out=partial(_lay_out, findings, report))


def _lay_out(
    findings: Findings, report: str | None, width: int, ascii_only: bool
) -> Iterator[Text | Table]:
    data, metric, provenance = findings.data, findings.metric, findings.provenance
    marks = ASCII_MARKS if ascii_only else UNICODE_MARKS
    columns = [column.make_printable(ascii_only) for column in make_columns(findings)]
    widths = fit_columns(columns, width)
    if "plot" in widths:
        plots = _draw_intervals(findings, widths["plot"], marks)
        columns = [replace(one, cells=plots) if one.key == "plot" else one for one in columns]
    size = f"{format_count(data.n_rows, 'row')}, {format_count(data.n_features, 'feature')}"
    yield Text(f"{data.name}: {data.target} ({data.task}; {size})", style="bold")
    yield Text(
        f"Ranked by test {metric.label}, {describe_direction(metric.higher_is_better)} "
        f"({metric.reason}); {describe_splits(findings)}."
    )
    yield Text("")
    yield lay_out_columns(
        columns,
        widths,
        lambda column, row: STYLES.get(column.cells[row], "") if column.key == "verdict" else "",
    )
    yield Text("")
    legend = f"{marks.mean} mean, {marks.bar * 2} " if "plot" in widths else ""
    evidence = " (P). p: Tukey, against the best." if "evidence" in widths else "."
    yield Text(
        f"{legend}CI: {describe_interval(findings)}; differences up to {metric.rope:.3g} "
        f"count as practically equal{evidence}",
        style=ASIDE,
    )
    candidates = [row.candidate for row in findings.rows]
    yield from list_notes(
        f"Wrong on purpose: {one.name}: {one.wrong}" for one in candidates if one.wrong
    )
    yield from list_notes(findings.notes)
    yield from list_notes(f"Cut to fit the budget: {cut}" for cut in findings.cuts)
    yield Text("")
    yield Text(findings.verdict)
    if (chosen := findings.recommendation) is not None:
        setting = describe_setting(chosen)
        yield Text(f"Recommended: {chosen.name}{setting}: {chosen.reason}.", style="bold")
    runs = format_count(provenance.runs_trained, "run")
    yield format_footer(
        {"report": report, "store": provenance.store},
        f"{runs} trained, {provenance.runs_reused:,} reused",
        format_seconds(provenance.seconds),
    )


def _draw_intervals(findings: Findings, width: int, marks: Marks) -> tuple[str, ...]:
    spans = list_spans(findings)
    view = choose_span_view(spans, margin=findings.metric.rope)
    plots = [draw_interval((one.low, one.mean, one.high), view, width, marks) for one in spans]
    if findings.references:
        plots.insert(len(findings.rows), "")
    return tuple(plots)
