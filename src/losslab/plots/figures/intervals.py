"""A dot and an interval for each candidate in ranking order, references below."""

import math
from dataclasses import dataclass
from typing import Any

from losslab.experiment.comparison.findings import Findings, Reference, Row
from losslab.plots.legend import cross_wrong_marks, describe_crossed_marks
from losslab.plots.scale import (
    MetricScale,
    View,
    choose_span_view,
    list_spans,
    make_metric_scale,
    pad_view,
)
from losslab.plots.spec import Figure
from losslab.plots.theme import (
    FONT,
    LIGHT,
    NARROW,
    Axes,
    Style,
    Theme,
    get_style,
    is_narrow,
    style_axes,
    wrap_text,
)
from losslab.plots.wording import (
    WRONG,
    choose_ranking_format,
    describe_evidence,
    describe_interval,
    format_ranked_name,
    format_score,
    join_sentences,
)

ROW, SLIM_ROW = 0.42, 0.56  # inches
GAP = 0.5  # of a row, between candidates and references


@dataclass(frozen=True, kw_only=True)
class IntervalLine:
    """One candidate or reference.

    Attributes:
        label: its name.
        verdict: on a candidate, or that it is a reference.
        evidence: the number behind the verdict.
        mean: NaN if it diverged.
        low: the lower end of its interval; NaN for a single split.
        high: the upper end of its interval.
        ranked: whether it is a candidate.
        best: whether it is the best candidate.
        wrong: whether it is wrong on purpose.
    """

    label: str
    verdict: str
    evidence: str
    mean: float
    low: float
    high: float
    ranked: bool
    best: bool
    wrong: bool

    @property
    def remark(self) -> str:
        """The second line of its text."""
        return "; ".join(part for part in (self.evidence, WRONG if self.wrong else "") if part)

    def is_in(self, view: View) -> bool:
        """Whether its mean is between these limits."""
        return view[0] <= self.mean <= view[1]


@dataclass(frozen=True, kw_only=True)
class Intervals:
    """All candidates, then all references.

    Attributes:
        lines: in this order.
        scale: the ranking metric.
        interval: the name of the intervals.
        score_format: of the scores in words.
    """

    lines: tuple[IntervalLine, ...]
    scale: MetricScale
    interval: str
    score_format: str

    @property
    def places(self) -> list[float]:
        """Where the lines stand, counted in rows from the top."""
        return [number + (0 if line.ranked else GAP) for number, line in enumerate(self.lines)]


def prepare(findings: Findings) -> Intervals:
    """Collect means, intervals and verdicts, and choose the part of the scale to show."""
    view = choose_span_view(list_spans(findings), margin=findings.metric.rope)
    return Intervals(
        lines=(
            *map(_make_candidate_line, findings.rows),
            *map(_make_reference_line, findings.references),
        ),
        scale=make_metric_scale(findings, view),
        interval=describe_interval(findings),
        score_format=choose_ranking_format(findings),
    )


def _make_candidate_line(row: Row) -> IntervalLine:
    return IntervalLine(
        label=format_ranked_name(row),
        verdict=row.verdict,
        evidence=describe_evidence(row),
        mean=row.scores.mean,
        low=row.scores.low,
        high=row.scores.high,
        ranked=True,
        best=row.verdict == "best",
        wrong=row.candidate.wrong is not None,
    )


def _make_reference_line(reference: Reference) -> IntervalLine:
    return IntervalLine(
        label=reference.name,
        verdict="reference",
        evidence="",
        mean=reference.scores.mean,
        low=reference.scores.low,
        high=reference.scores.high,
        ranked=False,
        best=False,
        wrong=False,
    )


def draw(data: Intervals, ax: Axes, theme: Theme = LIGHT) -> None:
    """Draw a dot and an interval for each line, with the verdict as text."""
    style_axes(ax, theme, grid="x")
    ax.set_xlim(*pad_view(data.scale.view, 0.04))
    ax.set_ylim(max(data.places, default=0) + 0.6, -0.8 if is_narrow(ax) else -0.6)
    ax.set_xlabel(wrap_text(data.scale.label, 60))
    ax.set_yticks([])
    if data.scale.rope is not None:
        ax.axvspan(*data.scale.rope, color=theme.rope, linewidth=0, zorder=0)
    reference = Style(color=theme.muted, marker="D", dash=(0, (1, 1)), fill=theme.background)
    for index, (place, line) in enumerate(zip(data.places, data.lines, strict=True)):
        style = get_style(theme, index, wrong=line.wrong) if line.ranked else reference
        _draw_line(ax, place, line, style, data.scale.view)
    for place, line in zip(data.places, data.lines, strict=True):
        _write_line(ax, place, line, format_score(line.mean, data.score_format), theme)


def _draw_line(
    ax: Axes, place: float, line: IntervalLine, style: Style, view: View
) -> None:  # fmt: skip
    if not math.isfinite(line.mean):
        return
    low, high = ax.get_xlim()
    if not line.is_in(view):
        left = line.mean < view[0]
        ax.plot(
            low if left else high, place, marker="<" if left else ">", color=style.color,
            markersize=7, markerfacecolor=style.fill, clip_on=False,
        )  # fmt: skip
        return
    if math.isfinite(line.low):
        ends = [max(line.low, low), min(line.high, high)]
        ax.plot(
            ends, [place, place], color=style.color, linestyle="-" if line.ranked else style.dash,
            linewidth=3 if line.best else 2, solid_capstyle="round",
        )  # fmt: skip
    size = 9 if line.best else 7
    ax.plot(
        line.mean, place, marker=style.marker, color=style.color, markersize=size,
        markerfacecolor=style.fill, markeredgewidth=1.3,
    )  # fmt: skip
    cross_wrong_marks(ax, [line.mean], [place], style, [size])


def _write_line(ax: Axes, place: float, line: IntervalLine, score: str, theme: Theme) -> None:
    """Write name and verdict beside a line, or above it in a narrow figure."""
    settings: dict[str, Any] = {
        "family": FONT,
        "color": theme.foreground if line.ranked else theme.secondary,
        "weight": "bold" if line.best else "normal",
        "parse_math": False,
        "annotation_clip": False,
        "xycoords": ax.get_yaxis_transform(),  # x in shares of the axes, y in rows
        "textcoords": "offset points",
        "size": 9,
    }
    quiet = {
        **settings, "size": 7.5, "color": theme.secondary, "weight": "normal", "va": "top",
    }  # fmt: skip
    left, right, verdict = (0, place), (1, place), f"{score}  {line.verdict}"
    if is_narrow(ax):
        ax.annotate(wrap_text(line.label, 24, 1), left, (0, 7), va="bottom", **settings)
        verdict = wrap_text(verdict, 30, 1)
        ax.annotate(verdict, right, (0, 7), ha="right", va="bottom", **settings)
        ax.annotate(WRONG if line.wrong else "", right, (0, -6), ha="right", **quiet)
    else:
        name = wrap_text(line.label, 24)
        ax.annotate(name, left, (-10, 0), ha="right", va="center", **settings)
        va = "bottom" if line.remark else "center"
        ax.annotate(wrap_text(verdict, 28), right, (10, 0), va=va, **settings)
        ax.annotate(line.remark, right, (10, -1), **quiet)


def write_alt(data: Intervals) -> str:
    """Describe which candidate is best, by how much, and how the others compare."""
    lines = "; ".join(_describe_line(line, data.score_format) for line in data.lines)
    return (
        f"Mean test {data.scale.metric} of each candidate with its {data.interval}, "
        f"{data.scale.better}. {lines}."
    )


def _describe_line(line: IntervalLine, score_format: str) -> str:
    evidence = f" ({line.evidence})" if line.evidence else ""
    wrong = f", {WRONG}" if line.wrong else ""
    return f"{line.label}: {format_score(line.mean, score_format)}, {line.verdict}{wrong}{evidence}"


def write_caption(data: Intervals) -> str:
    """Explain dots, bars, the band and hollow markers."""
    scale = data.scale
    means = [line for line in data.lines if math.isfinite(line.mean)]
    return join_sentences(
        f"Marker: mean test {scale.metric}. Bar: {data.interval}.",
        f"Shaded: within {scale.rope_width} of the best, which counts as practically equal."
        if scale.rope is not None
        else "",
        "Hollow: references on the same splits, not ranked."
        if any(not line.ranked for line in data.lines)
        else "",
        describe_crossed_marks([line.label for line in data.lines if line.wrong]),
        ""
        if all(line.is_in(scale.view) for line in means)
        else "Arrow at the edge: off this scale; its value is given as text.",
        "Verdicts compare candidates split by split, so overlapping bars do not contradict them.",
    )


def compute_height(data: Intervals, width: float) -> float:
    """Add a row per line and the axis."""
    row = ROW if width >= NARROW else SLIM_ROW
    return 0.9 + row * (len(data.lines) + GAP)


SPEC = Figure(
    name="intervals",
    title="Mean scores and intervals",
    summary="Mean score and interval of each candidate with its verdict, references below.",
    prepare=prepare,
    draw=draw,
    write_alt=write_alt,
    write_caption=write_caption,
    compute_height=compute_height,
)
