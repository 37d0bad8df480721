"""The validation score by epoch for each candidate, the median of the splits with a band."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from losslab.experiment.comparison.findings import Findings, Row
from losslab.experiment.formatting import format_count
from losslab.plots.bands import HALF, summarize_median
from losslab.plots.legend import (
    add_legend,
    compute_legend_height,
    cross_wrong_marks,
    describe_crossed_marks,
)
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
from losslab.plots.wording import format_ranked_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Scores that every candidate may be judged by, so that they share an axis.
SHARED = {"log_loss": "log loss", "rmse": "RMSE"}
MAIN, SMALL, BETWEEN = 2.9, 1.7, 0.65  # inches
STRETCH = 1.6  # how far a band may stretch the view of its line


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One candidate: medians over ``n`` splits by epoch, and where its best epoch usually lies."""

    label: str
    index: int
    center: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    n: int
    kept: int
    wrong: bool


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Curves on one scale, and the part of it to show."""

    label: str
    curves: tuple[Curve, ...]
    view: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class LearningCurves:
    """The shared scale first, then one panel for each loss judged by itself."""

    panels: tuple[Panel, ...]
    left_out: tuple[str, ...]
    n_splits: int


def prepare(findings: Findings) -> LearningCurves:
    """Summarise the curves of each candidate, and group those whose scores are comparable."""
    groups: dict[str, list[Curve]] = {}
    left_out = []
    for index, row in enumerate(findings.rows):
        curve = _curve(index, row)
        if curve is None:
            left_out.append(row.name)
        else:
            groups.setdefault(_scale(row), []).append(curve)
    ordered = sorted(groups.items(), key=lambda item: item[0] not in SHARED.values())
    return LearningCurves(
        panels=tuple(
            Panel(label=f"validation {label}", curves=tuple(curves), view=_view(curves))
            for label, curves in ordered
        ),
        left_out=tuple(left_out),
        n_splits=findings.splits.n_splits,
    )


def _scale(row: Row) -> str:
    return SHARED.get(row.candidate.selection, f"{row.candidate.loss} loss")


def _curve(index: int, row: Row) -> Curve | None:
    # A split whose chosen run diverged has no curve to average.
    validation, epochs = row.training.validation, np.array(row.training.best_epochs)
    sound = np.isfinite(validation).all(axis=1)
    if not sound.any():
        return None
    band = summarize_median(validation[sound])
    return Curve(
        label=format_ranked_name(row),
        index=index,
        center=band.center,
        low=band.low,
        high=band.high,
        n=band.n,
        kept=round(float(np.median(epochs[sound]))),
        wrong=row.candidate.wrong is not None,
    )


def _view(curves: Sequence[Curve]) -> tuple[float, float]:
    """Show every minimum, and of what lies above it what is left after the first epochs."""
    low = min(min(curve.low) for curve in curves)
    centers = [value for curve in curves for value in _after_start(curve.center)]
    highs = [value for curve in curves for value in _after_start(curve.high)]
    # A band may stretch the view, but not until the lines in it look flat.
    high = max(max(centers), min(max(highs), low + STRETCH * (max(centers) - low)))
    room = (high - low) * 0.05 or abs(high) * 0.05 or 1.0
    return low - room, high + room


def _after_start(values: Sequence[float]) -> Sequence[float]:
    """Leave out the first epochs, unless there are no others."""
    return values[1 + len(values) // 20 :] or values


def draw(data: LearningCurves, ax: "Axes", theme: Theme = LIGHT) -> None:
    """Draw one axis for each scale, the shared one on top."""
    ax.set_axis_off()
    if not data.panels:
        ax.text(
            0.5, 0.5, "no candidate finished on any split", ha="center", va="center",
            color=theme.secondary, family=FONT, transform=ax.transAxes,
        )  # fmt: skip
        return
    for panel, place in zip(data.panels, _places(data, is_narrow(ax)), strict=True):
        _draw_panel(panel, ax.inset_axes(place), theme)


def _places(data: LearningCurves, narrow: bool) -> list[tuple[float, float, float, float]]:
    """Stack the panels from the top, as shares of the axes."""
    heights, gaps = _sizes(data, narrow)
    total = sum(heights) + sum(gaps)
    places, bottom = [], total
    for height, gap in zip(heights, gaps, strict=True):
        bottom -= gap + height
        places.append((0.0, bottom / total, 1.0, height / total))
    return places


def _sizes(data: LearningCurves, narrow: bool) -> tuple[list[float], list[float]]:
    """Give the height in inches of each panel, and of the gap above it."""
    keys = [[curve.label for curve in panel.curves] for panel in data.panels]
    if narrow:
        inside = [compute_legend_height(labels, narrow=True) for labels in keys]
        heights = [MAIN, *([SMALL] * (len(keys) - 1))]
        return heights, [0.0, *(BETWEEN - 0.1 + height for height in inside[1:])]
    least = [compute_legend_height(labels, narrow=False) - BETWEEN for labels in keys]
    heights = [max(MAIN if number == 0 else SMALL, least[number]) for number in range(len(keys))]
    return heights, [0.0, *([BETWEEN] * (len(keys) - 1))]


def _draw_panel(panel: Panel, ax: "Axes", theme: Theme) -> None:
    style_axes(ax, theme, grid="y")
    for curve in reversed(panel.curves):  # the best one comes last, on top
        look = _look(curve, theme)
        epochs = np.arange(1, len(curve.center) + 1)
        shade = min(0.14, 0.6 / len(panel.curves))
        ax.fill_between(epochs, curve.low, curve.high, color=look.color, alpha=shade, linewidth=0)
        ax.plot(
            epochs, curve.center, color=look.color, linestyle=look.dash, linewidth=1.7,
            marker=look.marker, markevery=[curve.kept - 1], markersize=8,
            markerfacecolor=look.fill,
            markeredgecolor=look.color if curve.wrong else theme.background,
            markeredgewidth=1.1 if curve.wrong else 0.7,
        )  # fmt: skip
        cross_wrong_marks(ax, [curve.kept], [curve.center[curve.kept - 1]], look, [8])
    ax.set_xlim(1, max(2, *(len(curve.center) for curve in panel.curves)))
    ax.set_ylim(*panel.view)
    ax.set_xlabel("epoch")
    ax.locator_params(axis="x", integer=True)
    ax.set_ylabel(wrap_text(panel.label, 30))
    ax.yaxis.label.set_parse_math(False)
    add_legend(ax, [(_look(curve, theme), curve.label) for curve in panel.curves], theme)


def _look(curve: Curve, theme: Theme) -> Style:
    return get_style(theme, curve.index, wrong=curve.wrong)


def write_alt(data: LearningCurves) -> str:
    """Say where each candidate's validation score is lowest."""
    told = "; ".join(
        f"{curve.label}: lowest median {min(curve.center):.3g}, best epoch usually {curve.kept} "
        f"of {len(curve.center)}{', wrong on purpose' if curve.wrong else ''}"
        for panel in data.panels
        for curve in panel.curves
    )
    return f"Validation score by epoch for each candidate, lower is better. {told or 'None'}."


def write_caption(data: LearningCurves) -> str:
    """Say what line, band and mark mean, and what is missing."""
    parts = [
        f"Line: median validation score over N = {format_count(data.n_splits, 'split')}, each at "
        f"the learning rate chosen on that split; lower is better. Band: {HALF}. Mark: the epoch "
        "usually kept (the median over the splits).",
        "What gives no such score is judged by its own loss, on an axis of its own."
        if len(data.panels) > 1
        else "",
    ]
    parts.append(
        describe_crossed_marks(
            [curve.label for panel in data.panels for curve in panel.curves if curve.wrong]
        )
    )
    fewer = [
        f"{curve.label} ({curve.n} of {data.n_splits})"
        for panel in data.panels
        for curve in panel.curves
        if curve.n < data.n_splits
    ]
    if fewer:
        parts.append(f"Splits on which a run diverged are left out: {', '.join(fewer)}.")
    if data.left_out:
        parts.append(f"Diverged on every split: {', '.join(data.left_out)}.")
    return " ".join(part for part in parts if part)


def compute_height(data: LearningCurves, width: float) -> float:
    """Give room for every panel and, where it is narrow, for the keys above them."""
    if not data.panels:
        return MAIN
    narrow = width < NARROW
    heights, gaps = _sizes(data, narrow)
    first = [curve.label for curve in data.panels[0].curves]
    return (
        sum(heights)
        + sum(gaps)
        + 0.7
        + (compute_legend_height(first, narrow=True) if narrow else 0)
    )


SPEC = Figure(
    name="learning_curves",
    title="How they learned",
    summary="Validation score by epoch, median and middle half of the splits.",
    prepare=prepare,
    draw=draw,
    write_alt=write_alt,
    write_caption=write_caption,
    compute_height=compute_height,
)
