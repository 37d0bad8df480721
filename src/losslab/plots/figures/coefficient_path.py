"""The coefficients of a linear model against the strength of a penalty."""

from dataclasses import dataclass

import numpy as np

from losslab.core.errors import OptionError
from losslab.experiment.formatting import format_number
from losslab.experiment.penalty_path.findings import Coefficient, PathFindings
from losslab.plots.alpha_axis import (
    AlphaCurves,
    draw_alpha_curves,
    make_alpha_curves,
    make_alpha_line,
)
from losslab.plots.spec import Figure
from losslab.plots.theme import LIGHT, Axes, Theme, wrap_text
from losslab.plots.wording import join_sentences

MAJOR = 10  # lines with a name and a style of their own


@dataclass(frozen=True, kw_only=True)
class CoefficientPath:
    """Coefficients by alpha.

    Attributes:
        curves: one line per coefficient, the largest first.
        unit: of a coefficient, per standard deviation of its feature.
    """

    curves: AlphaCurves
    unit: str


def prepare(findings: PathFindings) -> CoefficientPath:
    """Order the coefficients by the largest magnitude they reach; only the largest keep a name."""
    if not findings.coefficients:
        raise OptionError(
            "needed a linear model to have coefficients",
            got=f"hidden layers of {', '.join(map(str, findings.network.hidden))} units",
            fix="--hidden none (hidden=())",
        )
    values = [
        [point.coefficients[at] for point in findings.points]
        for at in range(len(findings.coefficients))
    ]
    sizes = [np.nanmax([0.0, *(abs(value.mean) for value in path)]) for path in values]
    order = sorted(range(len(values)), key=lambda at: -sizes[at])
    several = len({one.output for one in findings.coefficients}) > 1
    lines = [
        make_alpha_line(
            _format_name(findings.coefficients[at], several),
            place if place < MAJOR else None,
            values[at],
        )
        for place, at in enumerate(order)
    ]
    return CoefficientPath(curves=make_alpha_curves(findings, lines), unit=findings.unit)


def _format_name(coefficient: Coefficient, several: bool) -> str:
    return f"{coefficient.feature}, {coefficient.output}" if several else coefficient.feature


def draw(data: CoefficientPath, ax: Axes, theme: Theme = LIGHT) -> None:
    """Draw one line per coefficient."""
    ax.axhline(0.0, color=theme.muted, linewidth=0.8)
    draw_alpha_curves(ax, data.curves, theme)
    ax.set_ylabel(wrap_text(f"coefficient ({data.unit} per standard deviation)", 28, 3))


def write_alt(data: CoefficientPath) -> str:
    """Describe which coefficients are left at the chosen alpha, or at the smallest."""
    curves = data.curves
    alpha = curves.alphas[0] if curves.chosen is None else curves.chosen
    at = curves.alphas.index(alpha)
    left = [line for line in curves.lines if line.mean[at] != 0]
    largest = sorted(left, key=lambda line: -abs(line.mean[at]))[:3]
    names = ", ".join(f"{line.label} {format_number(line.mean[at])}" for line in largest)
    return (
        f"Coefficients against the strength of the {curves.penalty} penalty: at alpha {alpha:.3g} "
        f"{len(left)} of {len(curves.lines)} are not zero{', the largest: ' if names else ''}"
        f"{names}."
    )


def write_caption(data: CoefficientPath) -> str:
    """Explain the unit of a coefficient."""
    return join_sentences(
        "Features are standardised on the training rows; categories are encoded as 0 or 1.",
        data.curves.mean_caption,
        data.curves.band_caption,
    )


def compute_height(data: CoefficientPath, width: float) -> float:
    """Add the height of the legend."""
    return data.curves.compute_height(width, wide=3.0, slim=3.0)


SPEC = Figure(
    name="coefficient_path",
    title="Coefficient path",
    summary="A linear model's coefficients against alpha.",
    prepare=prepare,
    draw=draw,
    write_alt=write_alt,
    write_caption=write_caption,
    compute_height=compute_height,
)
