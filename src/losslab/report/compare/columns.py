"""The columns of the ranking in a terminal."""

from collections.abc import Callable
from textwrap import wrap

from losslab.experiment.comparison.findings import Findings, Reference, Row, Scores
from losslab.plots.wording import (
    NOTHING,
    choose_ranking_format,
    format_difference,
    format_interval,
    format_p_value,
    format_probability,
    format_score,
    format_zero_share,
)
from losslab.report.terminal import Column

# The least and greatest widths of names, and of the plot of the intervals.
NAME_WIDTHS, PLOT_WIDTHS = (14, 26), (9, 25)
TITLE_WIDTH = 20


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
