"""Lines over a logarithmic axis of a penalty's strength, with alpha 0 set apart."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from losslab.experiment.formatting import format_count
from losslab.experiment.penalty_path.findings import Estimate, PathFindings
from losslab.plots.legend import add_legend, add_legend_height
from losslab.plots.theme import LIGHT, Axes, Style, Theme, get_style, is_narrow, style_axes

# How far alpha 0 stands from the others, in decades or as a share of theirs.
LEAST_GAP, GAP = 0.3, 0.16
PADDING = 0.03  # beside the outermost alphas, as a share of the decades


@dataclass(frozen=True, kw_only=True)
class AlphaLine:
    """A number by alpha.

    Attributes:
        label: its name in the legend.
        index: of its style; None for minor lines, which share one and have no band.
        mean: over the repetitions.
        low: the lower ends of the band.
        high: the upper ends of the band.
    """

    label: str
    index: int | None
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


def make_alpha_line(label: str, index: int | None, values: Sequence[Estimate]) -> AlphaLine:
    """Put a band of one standard error around each mean; a single repetition has none.

    Examples:
        >>> values = [Estimate(mean=0.75, error=0.25, values=(0.5, 1.0))]
        >>> line = make_alpha_line("held out", 0, values)
        >>> line.low, line.mean, line.high
        ((0.5,), (0.75,), (1.0,))
    """
    errors = [0.0 if math.isnan(value.error) else value.error for value in values]
    return AlphaLine(
        label=label,
        index=index,
        mean=tuple(value.mean for value in values),
        low=tuple(value.mean - error for value, error in zip(values, errors, strict=True)),
        high=tuple(value.mean + error for value, error in zip(values, errors, strict=True)),
    )


@dataclass(frozen=True, kw_only=True)
class AlphaCurves:
    """What every figure of a penalty path draws.

    Attributes:
        penalty: its name.
        alphas: its strengths in rising order.
        lines: the most important first.
        chosen: the alpha to choose, if there is one.
        repetitions: the number of repetitions that the lines are means over.
    """

    penalty: str
    alphas: tuple[float, ...]
    lines: tuple[AlphaLine, ...]
    chosen: float | None
    repetitions: int

    @property
    def mean_caption(self) -> str:
        """A sentence on the number of repetitions."""
        return f"Mean over N = {format_count(self.repetitions, 'repetition')}."

    @property
    def band_caption(self) -> str:
        """A sentence on the bands, if there are any."""
        if self.repetitions == 1:
            return ""
        return "Band: one corrected standard error of the mean to either side."

    def compute_height(self, width: float, wide: float, slim: float) -> float:
        """Compute the height of a figure of these lines with their legend, in inches."""
        labels = [label for _, label in self.list_legend_entries(LIGHT)]
        return add_legend_height(labels, width, wide, slim)

    def list_legend_entries(self, theme: Theme) -> list[tuple[Style, str]]:
        """List style and name of the major lines, of the minor ones as one, and of the choice."""
        entries = [
            (_get_line_style(line, theme), line.label)
            for line in self.lines
            if line.index is not None
        ]
        minor = [line for line in self.lines if line.index is None]
        if minor:
            entries.append((_get_line_style(minor[0], theme), f"{len(minor)} smaller"))
        if self.chosen is not None:
            entries.append((_get_choice_style(theme), f"chosen, {self.chosen:.3g}"))
        return entries


def make_alpha_curves(findings: PathFindings, lines: Sequence[AlphaLine]) -> AlphaCurves:
    """Combine lines with what a penalty path says about all of them."""
    return AlphaCurves(
        penalty=findings.penalty.kind,
        alphas=tuple(point.alpha for point in findings.points),
        lines=tuple(lines),
        chosen=None if findings.choice is None else findings.choice.alpha,
        repetitions=findings.holdouts.repetitions,
    )


def place_alphas(alphas: Sequence[float]) -> tuple[float, ...]:
    """Place alphas on a logarithmic axis; 0, which has no place there, goes to the left.

    Examples:
        >>> [round(place, 4) for place in place_alphas([0.0, 0.01, 0.1])]
        [0.005, 0.01, 0.1]
    """
    positive = [alpha for alpha in alphas if alpha > 0]
    decades = math.log10(max(positive) / min(positive))
    apart = min(positive) / 10 ** max(LEAST_GAP, GAP * decades)
    return tuple(alpha if alpha > 0 else apart for alpha in alphas)


def draw_alpha_curves(ax: Axes, curves: AlphaCurves, theme: Theme) -> None:
    """Draw the lines, the first on top, mark the chosen alpha, and add a legend."""
    style_axes(ax, theme, grid="y")
    at = place_alphas(curves.alphas)
    _set_alpha_axis(ax, curves.alphas, at, theme)
    if curves.chosen is not None:
        style = _get_choice_style(theme)
        place = at[curves.alphas.index(curves.chosen)]
        ax.axvline(place, color=style.color, linestyle=style.dash, linewidth=1.2, zorder=1.5)
    apart = 1 if curves.alphas[0] == 0 else 0
    for line in reversed(curves.lines):
        _draw_line(ax, np.array(at), line, apart, theme)
    add_legend(ax, curves.list_legend_entries(theme), theme)


def _set_alpha_axis(
    ax: Axes, alphas: Sequence[float], at: Sequence[float], theme: Theme
) -> None:  # fmt: skip
    ax.set_xscale("log")
    decades = max(math.log10(at[-1] / at[0]), 1.0)
    padding = 10 ** (PADDING * decades)
    ax.set_xlim(at[0] / padding, at[-1] * padding)
    ticks = _choose_ticks(alphas, most=4 if is_narrow(ax) else 8)
    labels = [f"{alpha:.3g}" for alpha in ticks]
    if alphas[0] == 0:
        ticks, labels = [at[0], *ticks], ["0", *labels]
        ax.axvline(
            math.sqrt(at[0] * at[1]), color=theme.muted, linewidth=0.8, linestyle=(0, (2, 3))
        )
    ax.set_xticks(ticks, labels)
    ax.set_xticks([], minor=True)
    ax.set_xlabel("strength of the penalty, alpha")


def _choose_ticks(alphas: Sequence[float], most: int) -> list[float]:
    """Choose whole decades, or the alphas themselves if there are fewer than two; thin to fit."""
    positive = [alpha for alpha in alphas if alpha > 0]
    low, high = math.log10(positive[0]), math.log10(positive[-1])
    powers = np.arange(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1)
    ticks = [10.0 ** int(power) for power in powers] if len(powers) > 1 else positive
    return ticks[:: math.ceil(len(ticks) / most)]


def _draw_line(
    ax: Axes, at: "np.ndarray", line: AlphaLine, apart: int, theme: Theme
) -> None:  # fmt: skip
    """Draw a line with markers and its band; the first ``apart`` points are not joined to it."""
    style = _get_line_style(line, theme)
    mean, low, high = (np.array(values) for values in (line.mean, line.low, line.high))
    alone, joined = slice(apart), slice(apart, None)
    is_major = line.index is not None
    if is_major:
        ax.fill_between(
            at[joined], low[joined], high[joined], color=style.color, alpha=0.15, linewidth=0
        )
        ax.vlines(at[alone], low[alone], high[alone], color=style.color, linewidth=1.2)
    ax.plot(
        at[joined], mean[joined], color=style.color, linestyle=style.dash,
        linewidth=1.5 if is_major else 0.8, marker=style.marker, markersize=4, label=line.label,
    )  # fmt: skip
    ax.plot(
        at[alone], mean[alone], color=style.color, linestyle="none",
        marker=style.marker or "_", markersize=5,
    )  # fmt: skip


def _get_line_style(line: AlphaLine, theme: Theme) -> Style:
    if line.index is None:
        return Style(color=theme.muted, marker="", dash="-", fill=theme.muted)
    return get_style(theme, line.index)


def _get_choice_style(theme: Theme) -> Style:
    return Style(color=theme.foreground, marker="", dash=(0, (4, 2)), fill=theme.foreground)
