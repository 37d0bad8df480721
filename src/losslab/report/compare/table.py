"""A comparison in a terminal: the ranking first, the recommendation last."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from textwrap import wrap

from rich.table import Table
from rich.text import Text

from losslab.experiment.comparison.findings import Findings, Reference, Row, Scores
from losslab.experiment.formatting import format_count
from losslab.plots.scale import choose_span_view, list_spans
from losslab.plots.wording import (
    NOTHING,
    choose_ranking_format,
    describe_direction,
    describe_interval,
    describe_setting,
    describe_splits,
    format_difference,
    format_interval,
    format_p_value,
    format_probability,
    format_score,
    format_seconds,
    format_zero_share,
)
from losslab.report.terminal import (
    ASIDE,
    Column,
    TerminalReport,
    fit_columns,
    format_footer,
    lay_out_columns,
    list_notes,
)

# The least and greatest widths of names, and of the plot of the intervals.
NAME_WIDTHS, PLOT_WIDTHS = (14, 26), (9, 25)
TITLE_WIDTH = 20
STYLES = {"best": "bold green", "worse": "red", "diverged": "red", "not ranked": "dim"}
# The characters that draw an interval: its mean, its bar, and means left and right of the view.
Marks = tuple[str, str, str, str]
UNICODE_MARKS: Marks = (
    "\N{BLACK CIRCLE}",
    "\N{BOX DRAWINGS LIGHT HORIZONTAL}",
    "\N{BLACK LEFT-POINTING SMALL TRIANGLE}",
    "\N{BLACK RIGHT-POINTING SMALL TRIANGLE}",
)
ASCII_MARKS: Marks = ("o", "-", "<", ">")


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
    dot, bar, left, right = marks
    if not math.isfinite(mean):
        return " " * width
    if mean < view[0]:
        return left.ljust(width)
    if mean > view[1]:
        return right.rjust(width)
    cells = [" "] * width
    if math.isfinite(low) and math.isfinite(high):
        first, last = find_cell(low), find_cell(high)
        cells[first : last + 1] = bar * (last - first + 1)
    cells[find_cell(mean)] = dot
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
    legend = f"{marks[0]} mean, {marks[1] * 2} " if "plot" in widths else ""
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


def make_columns(findings: Findings) -> tuple[Column, ...]:
    """Make the columns of candidates and references, with an empty line between; plots are blank.

    Names are broken into lines only before the difference from the best is dropped.
    """
    decimals = choose_ranking_format(findings)

    def list_cells(
        of_row: Callable[[Row], str],
        of_reference: Callable[[Reference], str] = lambda reference: "",
    ) -> tuple[str, ...]:
        references = ["", *map(of_reference, findings.references)] if findings.references else []
        return (*map(of_row, findings.rows), *references)

    title = [*wrap(findings.metric.label, TITLE_WIDTH), f"mean [{100 * findings.level:g} % CI]"]
    columns = (
        Column(
            key="name",
            title="loss",
            cells=list_cells(_format_name, lambda reference: f"  {reference.name}"),
            right=False,
            priority=6,
            narrow=NAME_WIDTHS[0],
            max_width=NAME_WIDTHS[1],
        ),
        Column(
            key="score",
            title="\n".join(title),
            cells=list_cells(
                lambda row: _format_scores(row.scores, decimals),
                lambda reference: _format_scores(reference.scores, decimals),
            ),
            right=False,
        ),
        Column(
            key="plot",
            title=" " * PLOT_WIDTHS[0],
            cells=list_cells(lambda row: ""),
            right=False,
            priority=4,
            grow_to=PLOT_WIDTHS[1],
        ),
        Column(
            key="difference",
            title="vs best",
            cells=list_cells(lambda row: _format_difference(row, decimals)),
            priority=7,
        ),
        Column(
            key="verdict",
            title="verdict",
            cells=list_cells(lambda row: row.verdict, lambda reference: "not ranked"),
            right=False,
        ),
        Column(
            key="evidence",
            title="evidence",
            cells=list_cells(_format_evidence),
            right=False,
            priority=5,
        ),
        Column(
            key="lr", title="lr", cells=list_cells(lambda row: f"{row.tuning.lr:.3g}"), priority=2
        ),
        Column(key="alpha", title="alpha", cells=list_cells(_format_alpha), priority=3),
        Column(key="zeros", title="zero\nweights", cells=list_cells(format_zero_share), priority=1),
    )
    # Without a penalty, these two are empty.
    return tuple(one for one in columns if one.key not in ("alpha", "zeros") or any(one.cells))


def _format_name(row: Row) -> str:
    lines = [f"{row.rank} {row.name}"]
    if row.candidate.same_as:
        lines.append(f"  = {', '.join(row.candidate.same_as)}")
    if row.candidate.wrong:
        lines.append("  wrong on purpose")
    if row.training.diverged and row.verdict != "diverged":
        lines.append(f"  {row.training.diverged}/{row.training.runs} diverged")
    return "\n".join(lines)


def _format_scores(scores: Scores, decimals: str) -> str:
    mean = format_score(scores.mean, decimals)
    interval = format_interval(scores.low, scores.high, decimals)
    return mean if interval == NOTHING else f"{mean} {interval}"


def _format_difference(row: Row, decimals: str) -> str:
    if row.verdict in ("best", "diverged"):
        return ""
    return format_difference(row.difference.delta, decimals)


def _format_alpha(row: Row) -> str:
    return "" if row.candidate.penalty == "none" else f"{row.tuning.alpha:.3g}"


def _format_evidence(row: Row) -> str:
    """Format the number behind the verdict: Tukey's p, or P(practically equal)."""
    p = format_p_value(row.p_tukey)
    if row.verdict == "diverged":
        return f"{row.training.diverged}/{row.training.runs} runs"
    if row.verdict == "practically equal":
        p = format_probability(row.difference.p_equal)
        return f"P {p}" if p.startswith(("<", ">")) else f"P = {p}"
    if row.verdict not in ("worse", "no difference shown") or p == NOTHING:
        return ""
    return f"p {p}" if p.startswith("<") else f"p = {p}"
