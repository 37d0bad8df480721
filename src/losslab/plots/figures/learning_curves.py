"""The validation score by epoch for each candidate: the median over the splits with a band."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from losslab.experiment.comparison.findings import Findings, Row
from losslab.experiment.formatting import format_count
from losslab.plots.bands import MIDDLE_HALF, Band, summarize_median
from losslab.plots.legend import (
    add_legend,
    compute_legend_height,
    cross_wrong_marks,
    describe_crossed_marks,
)
from losslab.plots.scale import View
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
from losslab.plots.wording import WRONG, format_ranked_name, join_sentences

# Selection scores that every candidate may be judged by, so that they share an axis.
SHARED = {"log_loss": "log loss", "rmse": "RMSE"}
MAIN, SMALL, BETWEEN = 2.9, 1.7, 0.65  # inches
STRETCH = 1.6  # how far a band may stretch the view of its line


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One candidate by epoch.

    Attributes:
        label: its name.
        index: its rank, from 0.
        band: of its validation score.
        best_epoch: the median over the splits.
        wrong: whether it is wrong on purpose.
    """

    label: str
    index: int
    band: Band
    best_epoch: int
    wrong: bool

    def get_style(self, theme: Theme) -> Style:
        """Return the candidate's style."""
        return get_style(theme, self.index, wrong=self.wrong)


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Curves on one scale, and the part of it to show."""

    label: str
    curves: tuple[Curve, ...]
    view: View


@dataclass(frozen=True, kw_only=True)
class LearningCurves:
    """All candidates.

    Attributes:
        panels: the shared scale first, then one panel for each loss judged by itself.
        diverged: the candidates without a curve.
        n_splits: the number of splits.
    """

    panels: tuple[Panel, ...]
    diverged: tuple[str, ...]
    n_splits: int

    @property
    def curves(self) -> list[Curve]:
        """The curves in all panels."""
        return [curve for panel in self.panels for curve in panel.curves]

    def compute_heights(self, narrow: bool) -> tuple[list[float], list[float]]:
        """Compute the height in inches of each panel, and of the gap above it."""
        least = [MAIN, *([SMALL] * (len(self.panels) - 1))]
        legends = [
            compute_legend_height([curve.label for curve in panel.curves], narrow)
            for panel in self.panels
        ]
        if narrow:
            return least, [0.0, *(BETWEEN - 0.1 + legend for legend in legends[1:])]
        heights = [max(low, legend - BETWEEN) for low, legend in zip(least, legends, strict=True)]
        return heights, [0.0, *([BETWEEN] * (len(legends) - 1))]


def prepare(findings: Findings) -> LearningCurves:
    """Summarise the curves of each candidate, and group those whose scores are comparable."""
    groups: dict[str, list[Curve]] = {}
    diverged = []
    for index, row in enumerate(findings.rows):
        curve = _make_curve(index, row)
        if curve is None:
            diverged.append(row.name)
        else:
            groups.setdefault(
                SHARED.get(row.candidate.selection, f"{row.candidate.loss} loss"), []
            ).append(curve)
    ordered = sorted(groups.items(), key=lambda item: item[0] not in SHARED.values())
    return LearningCurves(
        panels=tuple(
            Panel(label=f"validation {label}", curves=tuple(curves), view=_choose_view(curves))
            for label, curves in ordered
        ),
        diverged=tuple(diverged),
        n_splits=findings.splits.n_splits,
    )


def _make_curve(index: int, row: Row) -> Curve | None:
    # A split whose chosen run diverged has no curve to average.
    finite = np.isfinite(row.training.validation).all(axis=1)
    if not finite.any():
        return None
    return Curve(
        label=format_ranked_name(row),
        index=index,
        band=summarize_median(row.training.validation[finite]),
        best_epoch=round(float(np.median(np.array(row.training.best_epochs)[finite]))),
        wrong=row.candidate.wrong is not None,
    )


def _choose_view(curves: Sequence[Curve]) -> View:
    """Choose limits that show every minimum, and what follows the first epochs."""
    low = min(min(curve.band.low) for curve in curves)
    center = max(max(_skip_first_epochs(curve.band.center)) for curve in curves)
    top = max(max(_skip_first_epochs(curve.band.high)) for curve in curves)
    # A band may stretch the view, but not until the lines in it look flat.
    high = max(center, min(top, low + STRETCH * (center - low)))
    padding = (high - low) * 0.05 or abs(high) * 0.05 or 1.0
    return low - padding, high + padding


def _skip_first_epochs(values: Sequence[float]) -> Sequence[float]:
    """Leave out the first epochs, unless there are no others."""
    return values[1 + len(values) // 20 :] or values


def draw(data: LearningCurves, ax: Axes, theme: Theme = LIGHT) -> None:
    """Draw one panel per scale, the shared one on top."""
    ax.set_axis_off()
    if not data.panels:
        ax.text(
            0.5, 0.5, "no candidate finished on any split", ha="center", va="center",
            color=theme.secondary, family=FONT, transform=ax.transAxes,
        )  # fmt: skip
        return
    heights, gaps = data.compute_heights(is_narrow(ax))
    total = bottom = sum(heights) + sum(gaps)
    for panel, height, gap in zip(data.panels, heights, gaps, strict=True):
        bottom -= gap + height
        _draw_panel(panel, ax.inset_axes((0.0, bottom / total, 1.0, height / total)), theme)


def _draw_panel(panel: Panel, ax: Axes, theme: Theme) -> None:
    style_axes(ax, theme, grid="y")
    shade = min(0.14, 0.6 / len(panel.curves))
    for curve in reversed(panel.curves):  # the best one comes last, on top
        style, band, best = curve.get_style(theme), curve.band, curve.best_epoch
        epochs = np.arange(1, len(band.center) + 1)
        ax.fill_between(epochs, band.low, band.high, color=style.color, alpha=shade, linewidth=0)
        ax.plot(
            epochs, band.center, color=style.color, linestyle=style.dash, linewidth=1.7,
            marker=style.marker, markevery=[best - 1], markersize=8, markerfacecolor=style.fill,
            markeredgecolor=style.color if curve.wrong else theme.background,
            markeredgewidth=1.1 if curve.wrong else 0.7,
        )  # fmt: skip
        cross_wrong_marks(ax, [best], [band.center[best - 1]], style, [8])
    ax.set_xlim(1, max(2, *(len(curve.band.center) for curve in panel.curves)))
    ax.set_ylim(*panel.view)
    ax.set_xlabel("epoch")
    ax.locator_params(axis="x", integer=True)
    ax.set_ylabel(wrap_text(panel.label, 30))
    add_legend(ax, [(curve.get_style(theme), curve.label) for curve in panel.curves], theme)


def write_alt(data: LearningCurves) -> str:
    """Describe where each candidate's validation score is lowest."""
    curves = "; ".join(
        f"{curve.label}: lowest median {min(curve.band.center):.3g}, median best epoch "
        f"{curve.best_epoch} of {len(curve.band.center)}{f', {WRONG}' if curve.wrong else ''}"
        for curve in data.curves
    )
    return f"Validation score by epoch for each candidate, lower is better. {curves or 'None'}."


def write_caption(data: LearningCurves) -> str:
    """Explain lines, bands and markers, and name what is missing."""
    n = data.n_splits
    fewer = [f"{one.label} ({one.band.n} of {n})" for one in data.curves if one.band.n < n]
    return join_sentences(
        f"Line: median validation score over N = {format_count(n, 'split')}, each at the learning "
        f"rate chosen on that split; lower is better. Band: {MIDDLE_HALF}. Marker: the median best "
        "epoch.",
        "Candidates without such a score are judged by their own loss, in a panel of its own."
        if len(data.panels) > 1
        else "",
        describe_crossed_marks([curve.label for curve in data.curves if curve.wrong]),
        f"Splits on which a run diverged are left out: {', '.join(fewer)}." if fewer else "",
        f"Diverged on every split: {', '.join(data.diverged)}." if data.diverged else "",
    )


def compute_height(data: LearningCurves, width: float) -> float:
    """Add the heights of all panels and, in a narrow figure, of the legends above them."""
    if not data.panels:
        return MAIN
    narrow = width < NARROW
    heights, gaps = data.compute_heights(narrow)
    labels = [curve.label for curve in data.panels[0].curves]
    first = compute_legend_height(labels, narrow) if narrow else 0
    return sum(heights) + sum(gaps) + 0.7 + first


SPEC = Figure(
    name="learning_curves",
    title="Learning curves",
    summary="Validation score by epoch, median and middle half of the splits.",
    prepare=prepare,
    draw=draw,
    write_alt=write_alt,
    write_caption=write_caption,
    compute_height=compute_height,
)
