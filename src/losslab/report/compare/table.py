"""A comparison in a terminal: the ranking first, what to do about it last."""

import math
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

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
from losslab.report.compare.columns import GAP, Column, columns_of, fitted
from losslab.report.terminal import ASCII_MARKS, UNICODE_MARKS, Marks, visible

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult


def text_plot(
    span: tuple[float, float, float], view: tuple[float, float], width: int, marks: Marks
) -> str:
    """Draw (low, mean, high) on ``width`` letters; a mean outside the view is an arrow at its edge.

    Examples:
        >>> from losslab.report.terminal import ASCII_MARKS
        >>> text_plot((0.2, 0.5, 0.8), view=(0.0, 1.0), width=11, marks=ASCII_MARKS)
        '  ---o---  '
        >>> text_plot((-2.0, -1.0, 0.0), view=(0.0, 1.0), width=11, marks=ASCII_MARKS)
        '<          '
    """
    low, mean, high = span
    if not math.isfinite(mean):
        return " " * width
    if mean < view[0]:
        return marks.left.ljust(width)
    if mean > view[1]:
        return marks.right.rjust(width)
    cells = [" "] * width
    if math.isfinite(low) and math.isfinite(high):
        for place in range(_cell_at(low, view, width), _cell_at(high, view, width) + 1):
            cells[place] = marks.bar
    cells[_cell_at(mean, view, width)] = marks.mean
    return "".join(cells)


def _cell_at(value: float, view: tuple[float, float], width: int) -> int:
    share = (value - view[0]) / (view[1] - view[0])
    return round(min(max(share, 0.0), 1.0) * (width - 1))


WIDEST = 100
STYLES = {"best": "bold green", "worse": "red", "diverged": "red", "not ranked": "dim"}


@dataclass(frozen=True, kw_only=True)
class TerminalReport:
    """What ``rich.console.Console.print`` shows of a finished comparison.

    It takes at most 100 columns, drops the columns that matter least where there are fewer, and
    keeps to ASCII where the terminal's encoding asks for it.
    """

    findings: Findings
    report: str | None = None

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        plain = options.ascii_only
        text = partial(visible, ascii_only=plain)
        marks = ASCII_MARKS if plain else UNICODE_MARKS
        narrow = options.update(width=min(options.max_width, WIDEST))
        columns = columns_of(self.findings, text)
        widths = fitted(columns, narrow.max_width)
        pictures = _pictures(self.findings, widths.get("plot", 0), marks)
        parts: list[Table | Text] = [
            *_heading(self.findings),
            _ranking(
                [column for column in columns if column.key in widths],
                widths,
                pictures,
                len(self.findings.rows),
            ),
            *_key(self.findings, widths, marks),
            *_remarks(self.findings),
            *_conclusion(self.findings),
            _traces(self.findings, self.report),
        ]
        for part in parts:
            if isinstance(part, Text):
                part.plain = text(part.plain) if part.plain else ""
            yield from console.render(part, narrow)


def terminal_report(findings: Findings, report: str | None = None) -> TerminalReport:
    """Make the comparison ready to print; ``report`` is where the HTML report was written."""
    return TerminalReport(findings=findings, report=report)


def _heading(findings: Findings) -> Iterator[Text]:
    data, metric = findings.data, findings.metric
    size = f"{format_count(data.n_rows, 'row')}, {format_count(data.n_features, 'feature')}"
    yield Text(f"{data.name}: {data.target} ({data.task}; {size})", style="bold")
    yield Text(
        f"Ranked by test {metric.label}, {describe_direction(metric.higher_is_better)} "
        f"({metric.reason}); {describe_splits(findings)}."
    )
    yield Text("")


def _ranking(
    columns: Sequence[Column], widths: Mapping[str, int], pictures: Sequence[str], ranked: int
) -> Table:
    """Lay out the ranking; what follows the first ``ranked`` lines stands apart."""
    table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, collapse_padding=True)
    for column in columns:
        table.add_column(
            Text(column.title),
            justify="right" if column.right else "left",
            width=widths[column.key],
            overflow="fold",
        )
    for number, picture in enumerate(pictures):
        if number == ranked:
            table.add_row("")
        table.add_row(*[_cell(column, number, picture) for column in columns])
    return table


def _cell(column: Column, number: int, picture: str) -> Text:
    if column.key == "plot":
        return Text(picture, no_wrap=True)
    text = column.cells[number]
    return Text(text, style=STYLES.get(text, "") if column.key == "verdict" else "")


def _pictures(findings: Findings, width: int, marks: Marks) -> list[str]:
    spans = list_spans(findings)
    if width == 0:
        return [""] * len(spans)
    view = choose_span_view(spans, margin=findings.metric.rope)
    return [text_plot((span.low, span.mean, span.high), view, width, marks) for span in spans]


def _key(findings: Findings, shown: Container[str], marks: Marks) -> Iterator[Text]:
    """Say how to read the columns that are shown."""
    plot = f"{marks.mean} mean, {marks.bar * 2} " if "plot" in shown else ""
    numbers = " (P). p: Tukey, against the best." if "evidence" in shown else "."
    yield Text("")
    yield Text(
        f"{plot}CI: {describe_interval(findings)}; differences up to {findings.metric.rope:.3g} "
        f"count as practically equal{numbers}",
        style="dim",
    )


def _remarks(findings: Findings) -> Iterator[Text]:
    candidates = [row.candidate for row in findings.rows]
    wrong = [f"Wrong on purpose: {own.name}: {own.wrong}" for own in candidates if own.wrong]
    lines = [*wrong, *findings.notes, *(f"Cut to fit the budget: {cut}" for cut in findings.cuts)]
    for line in lines:
        yield Text(f"- {line}")


def _conclusion(findings: Findings) -> Iterator[Text]:
    yield Text("")
    yield Text(findings.verdict)
    chosen = findings.recommendation
    if chosen is None:
        return
    yield Text(
        f"Recommended: {chosen.name}{describe_setting(chosen)}: {chosen.reason}.", style="bold"
    )


def _traces(findings: Findings, report: str | None) -> Text:
    made = findings.provenance
    parts = [
        f"report: {report}" if report else "",
        f"store: {made.store}" if made.store else "",
        f"{format_count(made.runs_trained, 'run')} trained, {made.runs_reused:,} reused",
        format_seconds(made.seconds),
    ]
    return Text("; ".join(part for part in parts if part), style="dim")
