"""The share of weights, and of features, that a penalty leaves other than zero."""

import math
from dataclasses import dataclass

from losslab.experiment.penalty_path.findings import Estimate, PathFindings
from losslab.plots.alpha_axis import (
    AlphaCurves,
    draw_alpha_curves,
    make_alpha_curves,
    make_alpha_line,
)
from losslab.plots.spec import Figure
from losslab.plots.theme import LIGHT, Axes, Theme
from losslab.plots.wording import join_sentences


@dataclass(frozen=True, kw_only=True)
class Sparsity:
    """Shares of nonzero weights and features.

    Attributes:
        curves: in percent, by alpha.
        makes_zeros: whether the penalty makes weights exactly zero.
        n_weights: the number of all weights.
    """

    curves: AlphaCurves
    makes_zeros: bool
    n_weights: int


def prepare(findings: PathFindings) -> Sparsity:
    """Compute shares of all weights and of all inputs."""
    weights, features = findings.network.n_weights, len(findings.network.features)
    used = [_to_percent(point.nonzero, weights) for point in findings.points]
    lines = [make_alpha_line(f"weights, of {weights:,}", 0, used)]
    # With a single weight per feature, both lines would be the same.
    if weights != features:
        used = [_to_percent(point.features, features) for point in findings.points]
        lines.append(make_alpha_line(f"features, of {features:,}", 1, used))
    return Sparsity(
        curves=make_alpha_curves(findings, lines),
        makes_zeros=findings.penalty.makes_zeros,
        n_weights=weights,
    )


def _to_percent(count: Estimate, of: int) -> Estimate:
    return Estimate(
        mean=100 * count.mean / of,
        error=100 * count.error / of,
        values=tuple(100 * value / of for value in count.values),
    )


def draw(data: Sparsity, ax: Axes, theme: Theme = LIGHT) -> None:
    """Draw both shares."""
    ax.set_ylim(-4, 104)
    draw_alpha_curves(ax, data.curves, theme)
    ax.set_ylabel("nonzero (%)")


def write_alt(data: Sparsity) -> str:
    """Describe how many weights are left at both ends, and at the chosen alpha."""
    curves = data.curves
    percents = curves.lines[0].mean
    ends = [(f"alpha {curves.alphas[at]:.3g}", percents[at]) for at in (0, -1)]
    if curves.chosen is not None:
        chosen = percents[curves.alphas.index(curves.chosen)]
        ends.append((f"the chosen {curves.chosen:.3g}", chosen))
    counts = ", ".join(
        f"{round(percent * data.n_weights / 100)} at {where}"
        for where, percent in ends
        if not math.isnan(percent)
    )
    return (
        f"Weights that are not exactly zero under the {curves.penalty} penalty, of "
        f"{data.n_weights}: {counts or 'unknown, since runs diverged'}."
    )


def write_caption(data: Sparsity) -> str:
    """Explain which weights and features count."""
    return join_sentences(
        "Biases are left out; a feature counts if any of its weights is not zero.",
        data.curves.mean_caption,
        data.curves.band_caption,
        ""
        if data.makes_zeros
        else f"{data.curves.penalty} makes weights small, not zero: those at zero are too small "
        "for float32.",
    )


def compute_height(data: Sparsity, width: float) -> float:
    """Add the height of the legend."""
    return data.curves.compute_height(width, wide=2.6, slim=2.8)


SPEC = Figure(
    name="sparsity",
    title="Sparsity",
    summary="Shares of weights and features that are not exactly zero, against alpha.",
    prepare=prepare,
    draw=draw,
    write_alt=write_alt,
    write_caption=write_caption,
    compute_height=compute_height,
)
