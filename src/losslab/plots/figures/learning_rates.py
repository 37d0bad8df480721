"""The ranking metric against the learning rate, for each candidate."""

import math
from dataclasses import dataclass

import numpy as np

from losslab.experiment.comparison.findings import Array, Findings, Row
from losslab.experiment.formatting import format_count
from losslab.plots.bands import STANDARD_DEVIATION, Band, summarize_mean
from losslab.plots.legend import (
    add_legend,
    add_legend_height,
    cross_wrong_marks,
    describe_crossed_marks,
)
from losslab.plots.scale import MetricScale, Span, choose_span_view, make_metric_scale, pad_view
from losslab.plots.spec import Figure
from losslab.plots.theme import (
    LIGHT,
    Axes,
    Style,
    Theme,
    get_style,
    is_narrow,
    style_axes,
    wrap_text,
)
from losslab.plots.wording import WRONG, format_ranked_name, join_sentences

REACH = 6.0  # how far the scale may stretch for a bad learning rate
# Decades between neighboring candidates, so that their markers do not hide each other, and the
# share of the gap between two learning rates that all of them may fill.
SHIFT, FILLED = 0.04, 0.4


@dataclass(frozen=True, kw_only=True)
class RateCurve:
    """One candidate by learning rate.

    Attributes:
        label: its name.
        index: its rank, from 0.
        lrs: the learning rates.
        band: of the metric.
        chosen: the number of splits that chose each learning rate.
        diverged: the number of splits on which it diverged.
        wrong: whether the candidate is wrong on purpose.
    """

    label: str
    index: int
    lrs: tuple[float, ...]
    band: Band
    chosen: tuple[int, ...]
    diverged: tuple[int, ...]
    wrong: bool

    def get_style(self, theme: Theme) -> Style:
        """Return the candidate's style."""
        return get_style(theme, self.index, wrong=self.wrong)


@dataclass(frozen=True, kw_only=True)
class LearningRates:
    """All candidates on the scale of the ranking metric."""

    curves: tuple[RateCurve, ...]
    scale: MetricScale
    n_splits: int

    @property
    def lrs(self) -> list[float]:
        """All learning rates, in rising order."""
        return sorted({lr for curve in self.curves for lr in curve.lrs})


def prepare(findings: Findings) -> LearningRates:
    """Average each learning rate of each candidate over the splits where it did not diverge."""
    curves = tuple(_make_curve(index, row) for index, row in enumerate(findings.rows))
    spans = [
        Span(mean=row.scores.mean, low=row.scores.mean, high=row.scores.mean, reach=REACH)
        for row in findings.rows
        if row.verdict == "best"
    ]
    spans += [
        Span(mean=mean, low=low, high=high, reach=REACH)
        for band in (curve.band for curve in curves)
        for mean, low, high in zip(band.center, band.low, band.high, strict=True)
    ]
    view = choose_span_view(spans, margin=max(findings.metric.rope, _compute_usual_width(curves)))
    return LearningRates(
        curves=curves, scale=make_metric_scale(findings, view), n_splits=findings.splits.n_splits
    )


def _make_curve(index: int, row: Row) -> RateCurve:
    return RateCurve(
        label=format_ranked_name(row),
        index=index,
        lrs=tuple(rate.lr for rate in row.tuning.rates),
        band=summarize_mean(np.array([rate.scores for rate in row.tuning.rates]).T),
        chosen=tuple(rate.chosen for rate in row.tuning.rates),
        diverged=tuple(rate.diverged for rate in row.tuning.rates),
        wrong=row.candidate.wrong is not None,
    )


def _compute_usual_width(curves: tuple[RateCurve, ...]) -> float:
    """Compute the median half width of the bands, each at the learning rate chosen most often."""
    widths = []
    for curve in curves:
        place = int(np.argmax(curve.chosen))
        widths.append((curve.band.high[place] - curve.band.low[place]) / 2)
    # The median, so that one candidate that went wrong does not set the scale.
    finite = [width for width in widths if math.isfinite(width)]
    return float(np.median(finite)) if finite else 0.0


def draw(data: LearningRates, ax: Axes, theme: Theme = LIGHT) -> None:
    """Draw the metric over a logarithmic axis of learning rates."""
    style_axes(ax, theme, grid="y")
    ax.set_xscale("log")
    ax.set_ylim(*pad_view(data.scale.view, 0.05))
    if data.scale.rope is not None:
        ax.axhspan(*data.scale.rope, color=theme.rope, linewidth=0, zorder=0)
    # The limits come first: from a single learning rate, matplotlib could not choose any.
    _set_ticks(data, ax)
    for curve in reversed(data.curves):
        _draw_curve(curve, data, ax, theme)
    ax.set_xlabel("learning rate")
    ax.set_ylabel(wrap_text(data.scale.label, 40))
    add_legend(ax, [(curve.get_style(theme), curve.label) for curve in data.curves], theme)


def _draw_curve(curve: RateCurve, data: LearningRates, ax: Axes, theme: Theme) -> None:
    style, band = curve.get_style(theme), curve.band
    shift = _compute_shift(data) * (curve.index - (len(data.curves) - 1) / 2)
    lrs: Array = np.array(curve.lrs) * 10**shift
    ax.vlines(lrs, band.low, band.high, color=style.color, linewidth=1, alpha=0.6)
    ax.plot(lrs, band.center, color=style.color, linestyle=style.dash, linewidth=1.5)
    sizes = [12 + 90 * chosen / max(data.n_splits, 1) for chosen in curve.chosen]
    ax.scatter(
        lrs, band.center, s=sizes, marker=style.marker, edgecolors=style.color, linewidths=1.2,
        facecolors=[style.fill if chosen else "none" for chosen in curve.chosen], zorder=3,
    )  # fmt: skip
    cross_wrong_marks(ax, lrs.tolist(), band.center, style, [size**0.5 for size in sizes])
    diverged = lrs[np.array(curve.diverged, dtype=bool)]
    ax.plot(
        diverged, [0.02] * len(diverged), "x", color=style.color, markersize=6,
        markeredgewidth=1.6, transform=ax.get_xaxis_transform(),
    )  # fmt: skip


def _compute_shift(data: LearningRates) -> float:
    """Compute the decades from one candidate's markers to the next one's."""
    decades = np.log10(data.lrs)
    gap = float(np.diff(decades).min()) if len(decades) > 1 else 1.0
    return min(SHIFT, FILLED * gap / max(len(data.curves), 1))


def _set_ticks(data: LearningRates, ax: Axes) -> None:
    """Label the learning rates, thinned where they would overlap."""
    if not data.lrs:
        return
    most = 4 if is_narrow(ax) else 8
    ticks = data.lrs[:: math.ceil(len(data.lrs) / most)]
    ax.set_xticks(ticks, [f"{lr:.3g}" for lr in ticks])
    ax.set_xticks([], minor=True)
    ax.set_xlim(data.lrs[0] / 1.5, data.lrs[-1] * 1.5)


def write_alt(data: LearningRates) -> str:
    """Describe which learning rate each candidate chose most often, and where it diverged."""
    curves = "; ".join(map(_describe_curve, data.curves))
    return f"Test {data.scale.metric} against the learning rate, {data.scale.better}. {curves}."


def _describe_curve(curve: RateCurve) -> str:
    text = f"{curve.label}: {curve.lrs[int(np.argmax(curve.chosen))]:g} chosen most often"
    text += f", {WRONG}" if curve.wrong else ""
    diverged = [f"{lr:g}" for lr, count in zip(curve.lrs, curve.diverged, strict=True) if count]
    return f"{text}, diverged at {', '.join(diverged)}" if diverged else text


def write_caption(data: LearningRates) -> str:
    """Explain lines, bars, markers and crosses."""
    low, high = data.scale.view
    return join_sentences(
        f"Line: mean test {data.scale.metric} over N = {format_count(data.n_splits, 'split')}. "
        f"Bar: {STANDARD_DEVIATION}. Marker: larger the more splits chose this learning rate on "
        "their validation rows; hollow if none did.",
        f"Shaded: within {data.scale.rope_width} of the best candidate." if data.scale.rope else "",
        "Cross at the bottom: diverged on at least one split; means are over the others."
        if any(any(curve.diverged) for curve in data.curves)
        else "",
        describe_crossed_marks([curve.label for curve in data.curves if curve.wrong]),
        "Lines that leave the figure continue off this scale."
        if any(mean < low or mean > high for curve in data.curves for mean in curve.band.center)
        else "",
    )


def compute_height(data: LearningRates, width: float) -> float:
    """Add the height of the legend."""
    return add_legend_height([curve.label for curve in data.curves], width, wide=3.7, slim=3.2)


SPEC = Figure(
    name="learning_rates",
    title="Learning rates",
    summary="The ranking metric against the learning rate, and which one each split chose.",
    prepare=prepare,
    draw=draw,
    write_alt=write_alt,
    write_caption=write_caption,
    compute_height=compute_height,
)
