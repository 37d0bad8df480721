"""Numbers against the strength of a penalty: a logarithmic axis, with alpha 0 set apart."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from losslab.experiment.penalty_path.findings import Estimate
from losslab.plots.legend import add_legend, compute_legend_height
from losslab.plots.theme import LIGHT, Style, Theme, get_style, is_narrow

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BAND = "one corrected standard error of the mean to either side"
# How far alpha 0 stands from the others, in decades or as a share of theirs.
LEAST_GAP, GAP = 0.3, 0.16
ROOM = 0.03  # beside the outermost alphas, as a share of the decades


@dataclass(frozen=True, kw_only=True)
class AlphaLine:
    """One number by alpha: its mean over the repetitions, and the ends of its band.

    ``index`` says how it looks; the least important lines share one, None, without a band.
    """

    label: str
    index: int | None
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


def make_alpha_line(label: str, index: int | None, values: Sequence[Estimate]) -> AlphaLine:
    """Put a band of one standard error around each mean; a single repetition has none.

    >>> line = make_alpha_line("held out", 0, [Estimate(mean=0.75, error=0.25, values=(0.5, 1.0))])
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


def place_alphas(alphas: Sequence[float]) -> tuple[float, ...]:
    """Where alphas stand on a logarithmic axis; 0, which has no place there, left of the others.

    >>> [round(place, 4) for place in place_alphas([0.0, 0.01, 0.1])]
    [0.005, 0.01, 0.1]
    """
    positive = [alpha for alpha in alphas if alpha > 0]
    decades = math.log10(max(positive) / min(positive))
    apart = min(positive) / 10 ** max(LEAST_GAP, GAP * decades)
    return tuple(alpha if alpha > 0 else apart for alpha in alphas)


def set_alpha_axis(ax: "Axes", alphas: Sequence[float], theme: Theme) -> None:
    """Make the horizontal axis one of alphas, and part alpha 0 from the others."""
    at = place_alphas(alphas)
    ax.set_xscale("log")
    decades = max(math.log10(at[-1] / at[0]), 1.0)
    beside = 10 ** (ROOM * decades)
    ax.set_xlim(at[0] / beside, at[-1] * beside)
    ticks, names = _ticks(alphas, most=4 if is_narrow(ax) else 8)
    if alphas[0] == 0:
        ticks, names = [at[0], *ticks], ["0", *names]
        ax.axvline(
            math.sqrt(at[0] * at[1]), color=theme.muted, linewidth=0.8, linestyle=(0, (2, 3))
        )
    ax.set_xticks(ticks, names)
    ax.set_xticks([], minor=True)
    ax.set_xlabel("strength of the penalty, alpha")


def _ticks(alphas: Sequence[float], most: int) -> tuple[list[float], list[str]]:
    """Whole decades, or the alphas themselves where there are fewer than two; thinned to fit."""
    positive = [alpha for alpha in alphas if alpha > 0]
    low, high = math.log10(positive[0]), math.log10(positive[-1])
    powers = np.arange(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1)
    named = [10.0 ** int(power) for power in powers] if len(powers) > 1 else positive
    named = named[:: math.ceil(len(named) / most)]
    return named, [f"{alpha:.3g}" for alpha in named]


def draw_lines(
    ax: "Axes",
    alphas: Sequence[float],
    lines: Sequence[AlphaLine],
    chosen: float | None,
    theme: Theme,
) -> None:
    """Draw lines over an axis of alphas, the first on top, mark the chosen alpha, and add a key."""
    set_alpha_axis(ax, alphas, theme)
    if chosen is not None:
        look = _chosen_look(theme)
        at = place_alphas(alphas)[list(alphas).index(chosen)]
        ax.axvline(at, color=look.color, linestyle=look.dash, linewidth=1.2, zorder=1.5)
    for line in reversed(lines):
        _draw_line(ax, alphas, line, _look(line, theme))
    add_legend(ax, key_of(lines, chosen, theme), theme)


def _draw_line(ax: "Axes", alphas: Sequence[float], line: AlphaLine, look: Style) -> None:
    """Draw a line with marks and its band; alpha 0 stands alone."""
    at = np.array(place_alphas(alphas))
    mean, low, high = (np.array(values) for values in (line.mean, line.low, line.high))
    alone = 1 if alphas[0] == 0 else 0
    rest = slice(alone, None)
    named = line.index is not None
    if named:
        ax.fill_between(at[rest], low[rest], high[rest], color=look.color, alpha=0.15, linewidth=0)
        ax.vlines(at[:alone], low[:alone], high[:alone], color=look.color, linewidth=1.2)
    ax.plot(
        at[rest], mean[rest], color=look.color, linestyle=look.dash,
        linewidth=1.5 if named else 0.8, marker=look.marker, markersize=4, label=line.label,
    )  # fmt: skip
    ax.plot(
        at[:alone], mean[:alone], color=look.color, linestyle="none",
        marker=look.marker or "_", markersize=5,
    )  # fmt: skip


def key_of(
    lines: Sequence[AlphaLine], chosen: float | None, theme: Theme
) -> list[tuple[Style, str]]:
    """The look and the name of every line that has one, of the others as one, and of the choice."""
    key = [(_look(line, theme), line.label) for line in lines if line.index is not None]
    unnamed = [line for line in lines if line.index is None]
    if unnamed:
        key.append((_look(unnamed[0], theme), f"{len(unnamed)} smaller"))
    if chosen is not None:
        key.append((_chosen_look(theme), f"chosen, {chosen:.3g}"))
    return key


def key_height(lines: Sequence[AlphaLine], chosen: float | None, narrow: bool) -> float:
    """The height in inches that the key takes."""
    return compute_legend_height([label for _, label in key_of(lines, chosen, LIGHT)], narrow)


def _look(line: AlphaLine, theme: Theme) -> Style:
    if line.index is None:
        return Style(color=theme.muted, marker="", dash="-", fill=theme.muted)
    return get_style(theme, line.index)


def _chosen_look(theme: Theme) -> Style:
    return Style(color=theme.foreground, marker="", dash=(0, (4, 2)), fill=theme.foreground)
