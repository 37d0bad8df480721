"""The coefficients of a linear model against the strength of a penalty."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from losslab.core.errors import OptionError
from losslab.experiment.formatting import format_count, format_number
from losslab.experiment.penalty_path.findings import Coefficient, PathFindings
from losslab.plots.alpha_axis import BAND, AlphaLine, draw_lines, key_height, make_alpha_line
from losslab.plots.spec import Figure
from losslab.plots.theme import LIGHT, NARROW, Theme, style_axes, wrap_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAMED = 10  # lines with a name and a look of their own


@dataclass(frozen=True, kw_only=True)
class CoefficientPath:
    """Coefficients by alpha, the largest first; ``unnamed`` counts those without a name."""

    penalty: str
    alphas: tuple[float, ...]
    lines: tuple[AlphaLine, ...]
    unnamed: int
    unit: str
    chosen: float | None
    repetitions: int


def prepare(findings: PathFindings) -> CoefficientPath:
    """Order the coefficients by how large they ever get; the largest keep their names."""
    if not findings.coefficients:
        raise OptionError(
            "needed a linear model to have coefficients",
            got=f"hidden layers of {', '.join(map(str, findings.hidden))} units",
            fix="--hidden none (hidden=())",
        )
    values = [
        [point.coefficients[at] for point in findings.points]
        for at in range(len(findings.coefficients))
    ]
    sizes = [np.nanmax([0.0, *(abs(value.mean) for value in path)]) for path in values]
    order = sorted(range(len(values)), key=lambda at: -sizes[at])
    several = len({one.output for one in findings.coefficients}) > 1
    return CoefficientPath(
        penalty=findings.kind,
        alphas=tuple(point.alpha for point in findings.points),
        lines=tuple(
            make_alpha_line(
                _name(findings.coefficients[at], several),
                place if place < NAMED else None,
                values[at],
            )
            for place, at in enumerate(order)
        ),
        unnamed=max(0, len(order) - NAMED),
        unit=findings.unit,
        chosen=None if findings.choice is None else findings.choice.alpha,
        repetitions=findings.repetitions,
    )


def _name(which: Coefficient, several: bool) -> str:
    return f"{which.feature}, {which.output}" if several else which.feature


def draw(data: CoefficientPath, ax: "Axes", theme: Theme = LIGHT) -> None:
    """Draw one line a coefficient over a logarithmic axis of alphas."""
    style_axes(ax, theme, grid="y")
    ax.axhline(0.0, color=theme.muted, linewidth=0.8)
    draw_lines(ax, data.alphas, data.lines, data.chosen, theme)
    label = wrap_text(f"coefficient ({data.unit} per standard deviation)", 28, 3)
    # A target may be called what matplotlib would read as mathematics.
    ax.set_ylabel(label).set_parse_math(False)


def write_alt(data: CoefficientPath) -> str:
    """Say which coefficients are left at the chosen alpha, or at the smallest."""
    alpha = data.alphas[0] if data.chosen is None else data.chosen
    at = data.alphas.index(alpha)
    left = [line for line in data.lines if line.mean[at] != 0]
    most = sorted(left, key=lambda line: -abs(line.mean[at]))[:3]
    told = ", ".join(f"{line.label} {format_number(line.mean[at])}" for line in most)
    return (
        f"Coefficients against the strength of the {data.penalty} penalty: at alpha {alpha:.3g} "
        f"{len(left)} of {len(data.lines)} are not zero{', the largest: ' if told else ''}{told}."
    )


def write_caption(data: CoefficientPath) -> str:
    """Say what a coefficient is."""
    parts = [
        "Features are standardised on the training rows; a category counts 0 or 1. "
        f"Mean over N = {format_count(data.repetitions, 'repetition')}.",
        f"Band: {BAND}." if data.repetitions > 1 else "",
    ]
    return " ".join(part for part in parts if part)


def compute_height(data: CoefficientPath, width: float) -> float:
    """Give room for the picture and its key."""
    if width < NARROW:
        return 3.0 + key_height(data.lines, data.chosen, narrow=True)
    return max(3.0, 0.6 + key_height(data.lines, data.chosen, narrow=False))


SPEC = Figure(
    name="coefficient_path",
    title="How coefficients shrink",
    summary="A linear model's coefficients, against alpha.",
    prepare=prepare,
    draw=draw,
    write_alt=write_alt,
    write_caption=write_caption,
    compute_height=compute_height,
)
