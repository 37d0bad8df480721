"""A dot and an interval for each candidate, in ranking order, the references below."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from losslab.experiment.comparison.findings import Findings, Reference, Row
from losslab.plots.legend import cross_wrong_marks, describe_crossed_marks
from losslab.plots.scale import choose_span_view, list_spans
from losslab.plots.spec import Figure
from losslab.plots.theme import (
    FONT,
    LIGHT,
    NARROW,
    Style,
    Theme,
    get_style,
    is_narrow,
    style_axes,
    wrap_text,
)
from losslab.plots.wording import (
    choose_ranking_format,
    describe_direction,
    describe_evidence,
    describe_interval,
    format_ranked_name,
    format_score,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW = 0.42  # inches
GAP = 0.5  # of a row, between candidates and references
WRONG = "wrong on purpose"


@dataclass(frozen=True, kw_only=True)
class IntervalLine:
    """One candidate or reference; ``mean`` is NaN for what diverged, ``low`` for one split."""

    label: str
    words: str
    evidence: str
    mean: float
    low: float
    high: float
    ranked: bool
    best: bool
    wrong: bool


@dataclass(frozen=True, kw_only=True)
class Intervals:
    """What the picture shows; ``rope`` is None where no candidate is the best one."""

    lines: tuple[IntervalLine, ...]
    view: tuple[float, float]
    rope: tuple[float, float] | None
    rope_width: str
    metric: str
    better: str
    interval_name: str
    shown: str


def prepare(findings: Findings) -> Intervals:
    """Gather the means, intervals and verdicts, and choose the part of the scale to show."""
    lines = tuple(
        [_candidate(row) for row in findings.rows]
        + [_reference(reference) for reference in findings.references]
    )
    best = next((line.mean for line in lines if line.best), None)
    return Intervals(
        lines=lines,
        view=choose_span_view(list_spans(findings), margin=findings.metric.rope),
        rope=None if best is None else (best - findings.metric.rope, best + findings.metric.rope),
        rope_width=f"{findings.metric.rope:.3g}",
        metric=findings.metric.label,
        better=describe_direction(findings.metric.higher_is_better),
        interval_name=describe_interval(findings),
        shown=choose_ranking_format(findings),
    )


def _candidate(row: Row) -> IntervalLine:
    return IntervalLine(
        label=format_ranked_name(row),
        words=row.verdict,
        evidence=describe_evidence(row),
        mean=row.scores.mean,
        low=row.scores.low,
        high=row.scores.high,
        ranked=True,
        best=row.verdict == "best",
        wrong=row.candidate.wrong is not None,
    )


def _reference(reference: Reference) -> IntervalLine:
    return IntervalLine(
        label=reference.name,
        words="reference",
        evidence="",
        mean=reference.scores.mean,
        low=reference.scores.low,
        high=reference.scores.high,
        ranked=False,
        best=False,
        wrong=False,
    )


def draw(data: Intervals, ax: "Axes", theme: Theme = LIGHT) -> None:
    """Draw a dot and an interval for each line, and the verdict in words beside it."""
    style_axes(ax, theme, grid="x")
    places = _places(data)
    room = (data.view[1] - data.view[0]) * 0.04
    ax.set_xlim(data.view[0] - room, data.view[1] + room)
    ax.set_ylim(max(places, default=0) + 0.6, -0.8 if is_narrow(ax) else -0.6)
    ax.set_xlabel(wrap_text(f"test {data.metric}, {data.better}", 60))
    if data.rope is not None:
        ax.axvspan(*data.rope, color=theme.rope, linewidth=0, zorder=0)
    for index, (place, line) in enumerate(zip(places, data.lines, strict=True)):
        look = get_style(theme, index, wrong=line.wrong) if line.ranked else _plain(theme)
        _draw_line(ax, place, line, look, data.view)
    _write_labels(ax, places, data, theme)


def _places(data: Intervals) -> list[float]:
    return [number + (0 if line.ranked else GAP) for number, line in enumerate(data.lines)]


def _plain(theme: Theme) -> Style:
    return Style(color=theme.muted, marker="D", dash=(0, (1, 1)), fill=theme.background)


def _draw_line(
    ax: "Axes", place: float, line: IntervalLine, look: Style, view: tuple[float, float]
) -> None:  # fmt: skip
    if not math.isfinite(line.mean):
        return
    low, high = ax.get_xlim()
    if not view[0] <= line.mean <= view[1]:
        left = line.mean < view[0]
        ax.plot(
            low if left else high, place, marker="<" if left else ">", color=look.color,
            markersize=7, markerfacecolor=look.fill, clip_on=False,
        )  # fmt: skip
        return
    if math.isfinite(line.low):
        ends = [max(line.low, low), min(line.high, high)]
        ax.plot(
            ends, [place, place], color=look.color, linestyle="-" if line.ranked else look.dash,
            linewidth=3 if line.best else 2, solid_capstyle="round",
        )  # fmt: skip
    size = 9 if line.best else 7
    ax.plot(
        line.mean, place, marker=look.marker, color=look.color, markersize=size,
        markerfacecolor=look.fill, markeredgewidth=1.3,
    )  # fmt: skip
    cross_wrong_marks(ax, [line.mean], [place], look, [size])


def _write_labels(ax: "Axes", places: list[float], data: Intervals, theme: Theme) -> None:
    """Write name and verdict of each line: beside it, or above it where the figure is narrow."""
    ax.set_yticks([])
    write = _write_above if is_narrow(ax) else _write_beside
    for place, line in zip(places, data.lines, strict=True):
        look: dict[str, Any] = {
            "family": FONT,
            "color": theme.foreground if line.ranked else theme.secondary,
            "weight": "bold" if line.best else "normal",
            "parse_math": False,
            "annotation_clip": False,
            "xycoords": ax.get_yaxis_transform(),  # x in shares of the axes, y in rows
            "textcoords": "offset points",
            "size": 9,
        }
        write(ax, place, line, f"{format_score(line.mean, data.shown)}  {line.words}", look)
        quiet = {**look, "size": 7.5, "color": theme.secondary, "weight": "normal", "va": "top"}
        if is_narrow(ax):
            ax.annotate(WRONG if line.wrong else "", (1, place), (0, -6), ha="right", **quiet)
        else:
            ax.annotate(_second_line(line), (1, place), (10, -1), **quiet)


def _write_beside(
    ax: "Axes", place: float, line: IntervalLine, words: str, look: dict[str, Any]
) -> None:  # fmt: skip
    ax.annotate(wrap_text(line.label, 24), (0, place), (-10, 0), ha="right", va="center", **look)
    upright = "bottom" if _second_line(line) else "center"
    ax.annotate(wrap_text(words, 28), (1, place), (10, 0), va=upright, **look)


def _second_line(line: IntervalLine) -> str:
    return "; ".join(part for part in (line.evidence, WRONG if line.wrong else "") if part)


def _write_above(
    ax: "Axes", place: float, line: IntervalLine, words: str, look: dict[str, Any]
) -> None:  # fmt: skip
    ax.annotate(wrap_text(line.label, 24, 1), (0, place), (0, 7), va="bottom", **look)
    ax.annotate(wrap_text(words, 30, 1), (1, place), (0, 7), ha="right", va="bottom", **look)


def write_alt(data: Intervals) -> str:
    """Say who is best, by how much, and where the others stand."""
    told = "; ".join(_told(line, data.shown) for line in data.lines)
    return (
        f"Mean test {data.metric} of each candidate with its {data.interval_name}, "
        f"{data.better}. {told}."
    )


def _told(line: IntervalLine, shown: str) -> str:
    because = f" ({line.evidence})" if line.evidence else ""
    marked = f", {WRONG}" if line.wrong else ""
    return f"{line.label}: {format_score(line.mean, shown)}, {line.words}{marked}{because}"


def write_caption(data: Intervals) -> str:
    """Say what dot, bar, band and hollow mark mean."""
    away = any(
        math.isfinite(line.mean) and not data.view[0] <= line.mean <= data.view[1]
        for line in data.lines
    )
    parts = [
        f"Mark: mean test {data.metric}. Bar: {data.interval_name}.",
        f"Shaded: within {data.rope_width} of the best, which counts as practically equal."
        if data.rope is not None
        else "",
        "Hollow: references on the same splits, not ranked."
        if any(not line.ranked for line in data.lines)
        else "",
        describe_crossed_marks([line.label for line in data.lines if line.wrong]),
        "An arrow at the edge: off this scale; the number says where." if away else "",
        "The verdicts compare candidates split by split, so overlapping bars do not contradict "
        "them.",
    ]
    return " ".join(part for part in parts if part)


def compute_height(data: Intervals, width: float) -> float:
    """Give one row for each line, and room for the axis."""
    row = ROW if width >= NARROW else 0.56
    return 0.9 + row * (len(data.lines) + GAP)


SPEC = Figure(
    name="intervals",
    title="Who does best",
    summary="Mean score and interval of each candidate, references below, verdicts in words.",
    prepare=prepare,
    draw=draw,
    write_alt=write_alt,
    write_caption=write_caption,
    compute_height=compute_height,
)
