"""The ranking metric against the learning rate, for each candidate."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from losslab.experiment.comparison.findings import Array, Findings, Row
from losslab.experiment.formatting import format_count
from losslab.plots.bands import SPREAD, summarize_mean
from losslab.plots.legend import (
    add_legend,
    compute_legend_height,
    cross_wrong_marks,
    describe_crossed_marks,
)
from losslab.plots.scale import Span, choose_span_view
from losslab.plots.spec import Figure
from losslab.plots.theme import (
    LIGHT,
    NARROW,
    Style,
    Theme,
    get_style,
    is_narrow,
    style_axes,
    wrap_text,
)
from losslab.plots.wording import describe_direction, format_ranked_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

REACH = 6.0  # how far the scale may stretch for a bad learning rate
# Decades between neighbouring candidates, so that their marks do not hide each other, and the
# share of the gap between two learning rates that all of them may fill.
SHIFT, FILLED = 0.04, 0.4


@dataclass(frozen=True, kw_only=True)
class RateCurve:
    """One candidate by learning rate; ``chosen`` and ``diverged`` count splits."""

    label: str
    index: int
    lrs: tuple[float, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    chosen: tuple[int, ...]
    diverged: tuple[int, ...]
    wrong: bool


@dataclass(frozen=True, kw_only=True)
class LearningRates:
    """All candidates; ``rope`` is None where no candidate is the best one."""

    curves: tuple[RateCurve, ...]
    view: tuple[float, float]
    rope: tuple[float, float] | None
    rope_width: str
    metric: str
    better: str
    n_splits: int


def prepare(findings: Findings) -> LearningRates:
    """Average each learning rate of each candidate over the splits where it did not diverge."""
    curves = tuple(_curve(index, row) for index, row in enumerate(findings.rows))
    best = next((row.scores.mean for row in findings.rows if row.verdict == "best"), None)
    spans = [
        Span(mean=mean, low=low, high=high, reach=REACH)
        for curve in curves
        for mean, low, high in zip(curve.mean, curve.low, curve.high, strict=True)
    ]
    if best is not None:
        spans.insert(0, Span(mean=best, low=best, high=best, reach=REACH))
    margin = max(findings.metric.rope, *_widths(curves), 0.0)
    return LearningRates(
        curves=curves,
        view=choose_span_view(spans, margin=margin),
        rope=None if best is None else (best - findings.metric.rope, best + findings.metric.rope),
        rope_width=f"{findings.metric.rope:.3g}",
        metric=findings.metric.label,
        better=describe_direction(findings.metric.higher_is_better),
        n_splits=findings.splits.n_splits,
    )


def _curve(index: int, row: Row) -> RateCurve:
    rates = row.tuning.rates
    bands = [summarize_mean(rate.scores[:, None]) for rate in rates]
    return RateCurve(
        label=format_ranked_name(row),
        index=index,
        lrs=tuple(rate.lr for rate in rates),
        mean=tuple(band.center[0] for band in bands),
        low=tuple(band.low[0] for band in bands),
        high=tuple(band.high[0] for band in bands),
        chosen=tuple(rate.chosen for rate in rates),
        diverged=tuple(rate.diverged for rate in rates),
        wrong=row.candidate.wrong is not None,
    )


def _widths(curves: tuple[RateCurve, ...]) -> list[float]:
    """Give half the width of each candidate's band at the learning rate chosen most often."""
    widths = [
        (curve.high[place] - curve.low[place]) / 2
        for curve in curves
        for place in [int(np.argmax(curve.chosen))]
    ]
    # The median, so that one candidate that went wrong does not set the scale.
    known = [width for width in widths if math.isfinite(width)]
    return [float(np.median(known))] if known else []


def draw(data: LearningRates, ax: "Axes", theme: Theme = LIGHT) -> None:
    """Draw the metric over a logarithmic axis of learning rates."""
    style_axes(ax, theme, grid="y")
    ax.set_xscale("log")
    room = (data.view[1] - data.view[0]) * 0.05
    ax.set_ylim(data.view[0] - room, data.view[1] + room)
    if data.rope is not None:
        ax.axhspan(*data.rope, color=theme.rope, linewidth=0, zorder=0)
    # The limits come first: a single learning rate would leave matplotlib none to find.
    _ticks(data, ax)
    for curve in reversed(data.curves):
        _draw_curve(curve, data, ax, theme)
    ax.set_xlabel("learning rate")
    ax.set_ylabel(wrap_text(f"test {data.metric}, {data.better}", 40))
    add_legend(ax, [(_look(curve, theme), curve.label) for curve in data.curves], theme)


def _look(curve: RateCurve, theme: Theme) -> Style:
    return get_style(theme, curve.index, wrong=curve.wrong)


def _draw_curve(curve: RateCurve, data: LearningRates, ax: "Axes", theme: Theme) -> None:
    look = _look(curve, theme)
    lrs = np.array(curve.lrs) * 10 ** (_shift(data) * (curve.index - (len(data.curves) - 1) / 2))
    ax.vlines(lrs, curve.low, curve.high, color=look.color, linewidth=1, alpha=0.6)
    ax.plot(lrs, curve.mean, color=look.color, linestyle=look.dash, linewidth=1.5)
    _draw_marks(curve, lrs, data.n_splits, look, ax)
    lost = [lr for lr, diverged in zip(lrs, curve.diverged, strict=True) if diverged]
    ax.plot(
        lost, [0.02] * len(lost), "x", color=look.color, markersize=6, markeredgewidth=1.6,
        transform=ax.get_xaxis_transform(),
    )  # fmt: skip


def _shift(data: LearningRates) -> float:
    tried = np.log10(sorted({lr for curve in data.curves for lr in curve.lrs}))
    gap = float(np.diff(tried).min()) if len(tried) > 1 else 1.0
    return min(SHIFT, FILLED * gap / max(len(data.curves), 1))


def _draw_marks(curve: RateCurve, lrs: Array, n: int, look: Style, ax: "Axes") -> None:
    sizes = [12 + 90 * chosen / max(n, 1) for chosen in curve.chosen]
    filled = [look.fill if chosen else "none" for chosen in curve.chosen]
    ax.scatter(
        lrs, curve.mean, s=sizes, marker=look.marker, facecolors=filled, edgecolors=look.color,
        linewidths=1.2, zorder=3,
    )  # fmt: skip
    cross_wrong_marks(ax, lrs.tolist(), curve.mean, look, [size**0.5 for size in sizes])


def _ticks(data: LearningRates, ax: "Axes") -> None:
    """Name the learning rates that were tried, thinned where they would overlap."""
    tried = sorted({lr for curve in data.curves for lr in curve.lrs})
    if not tried:
        return
    most = 4 if is_narrow(ax) else 8
    named = tried[:: math.ceil(len(tried) / most)]
    ax.set_xticks(named, [f"{lr:.3g}" for lr in named])
    ax.set_xticks([], minor=True)
    ax.set_xlim(tried[0] / 1.5, tried[-1] * 1.5)


def write_alt(data: LearningRates) -> str:
    """Say which learning rate each candidate chose most often, and where it diverged."""
    told = "; ".join(_told(curve) for curve in data.curves)
    return f"Test {data.metric} against the learning rate, {data.better}. {told}."


def _told(curve: RateCurve) -> str:
    place = int(np.argmax(curve.chosen)) if curve.chosen else -1
    if place < 0:
        return f"{curve.label}: none"
    lost = [f"{lr:g}" for lr, count in zip(curve.lrs, curve.diverged, strict=True) if count]
    text = f"{curve.label}: {curve.lrs[place]:g} chosen most often"
    text += ", wrong on purpose" if curve.wrong else ""
    return f"{text}, diverged at {', '.join(lost)}" if lost else text


def write_caption(data: LearningRates) -> str:
    """Say what line, bar, mark and cross mean."""
    parts = [
        f"Line: mean test {data.metric} over N = {format_count(data.n_splits, 'split')}. "
        f"Bar: {SPREAD}. Mark: the larger, the more splits chose this "
        "learning rate on their validation rows; hollow if none did.",
        f"Shaded: within {data.rope_width} of the best candidate." if data.rope else "",
        "Cross at the bottom: diverged on at least one split; means are over the others."
        if any(any(curve.diverged) for curve in data.curves)
        else "",
        describe_crossed_marks([curve.label for curve in data.curves if curve.wrong]),
        "Lines that leave the picture go on off this scale." if _leaves(data) else "",
    ]
    return " ".join(part for part in parts if part)


def _leaves(data: LearningRates) -> bool:
    low, high = data.view
    return any(mean < low or mean > high for curve in data.curves for mean in curve.mean)


def compute_height(data: LearningRates, width: float) -> float:
    """Give room for the picture and, where it is narrow, for the key above it."""
    labels = [curve.label for curve in data.curves]
    if width < NARROW:
        return 3.2 + compute_legend_height(labels, narrow=True)
    return max(3.7, 0.6 + compute_legend_height(labels, narrow=False))


SPEC = Figure(
    name="learning_rates",
    title="How much the learning rate matters",
    summary="The ranking metric against the learning rate, and which one each split chose.",
    prepare=prepare,
    draw=draw,
    write_alt=write_alt,
    write_caption=write_caption,
    compute_height=compute_height,
)
