"""How many weights, and how many features, a penalty leaves other than zero."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from losslab.experiment.formatting import format_count
from losslab.experiment.penalty_path.findings import Estimate, PathFindings
from losslab.plots.alpha_axis import BAND, AlphaLine, draw_lines, key_height, make_alpha_line
from losslab.plots.spec import Figure
from losslab.plots.theme import LIGHT, NARROW, Theme, style_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, kw_only=True)
class Sparsity:
    """Shares in per cent by alpha; ``meant`` says whether the penalty asks for zeros."""

    penalty: str
    alphas: tuple[float, ...]
    lines: tuple[AlphaLine, ...]
    chosen: float | None
    meant: bool
    n_weights: int
    n_features: int
    repetitions: int


def prepare(findings: PathFindings) -> Sparsity:
    """Give what is not exactly zero as shares of all weights and of all inputs."""
    weights, features = findings.n_weights, len(findings.features)
    points = findings.points
    lines = [
        make_alpha_line(
            f"weights, of {weights:,}", 0, [_share(one.nonzero, weights) for one in points]
        ),
        make_alpha_line(
            f"features, of {features:,}", 1, [_share(one.features, features) for one in points]
        ),
    ]
    return Sparsity(
        penalty=findings.kind,
        alphas=tuple(point.alpha for point in points),
        # Where a feature has a single weight, both say the same.
        lines=tuple(lines[:1] if weights == features else lines),
        chosen=None if findings.choice is None else findings.choice.alpha,
        meant=findings.makes_zeros,
        n_weights=weights,
        n_features=features,
        repetitions=findings.repetitions,
    )


def _share(count: Estimate, of: int) -> Estimate:
    return Estimate(
        mean=100 * count.mean / of,
        error=100 * count.error / of,
        values=tuple(100 * value / of for value in count.values),
    )


def draw(data: Sparsity, ax: "Axes", theme: Theme = LIGHT) -> None:
    """Draw both shares over a logarithmic axis of alphas."""
    style_axes(ax, theme, grid="y")
    ax.set_ylim(-4, 104)
    draw_lines(ax, data.alphas, data.lines, data.chosen, theme)
    ax.set_ylabel("not exactly zero (%)")


def write_alt(data: Sparsity) -> str:
    """Say how many weights are left at both ends, and at the chosen alpha."""
    left = [
        round(share * data.n_weights / 100) if share == share else None
        for share in data.lines[0].mean
    ]
    told = [f"{left[at]} at alpha {data.alphas[at]:.3g}" for at in (0, -1) if left[at] is not None]
    if data.chosen is not None:
        told.append(f"{left[data.alphas.index(data.chosen)]} at the chosen {data.chosen:.3g}")
    return (
        f"Weights that are not exactly zero under the {data.penalty} penalty, of "
        f"{data.n_weights}: {', '.join(told) or 'unknown, since runs diverged'}."
    )


def write_caption(data: Sparsity) -> str:
    """Say what counts as zero, and as a feature that is used."""
    parts = [
        "Biases are not counted; a feature counts if any weight from it is not zero. "
        f"Mean over N = {format_count(data.repetitions, 'repetition')}.",
        f"Band: {BAND}." if data.repetitions > 1 else "",
        ""
        if data.meant
        else f"{data.penalty} makes weights small, not zero: those that are zero became too small "
        "for a float32.",
    ]
    return " ".join(part for part in parts if part)


def compute_height(data: Sparsity, width: float) -> float:
    """Give room for the picture and, where it is narrow, for the key above it."""
    return 2.8 + key_height(data.lines, data.chosen, narrow=True) if width < NARROW else 2.6


SPEC = Figure(
    name="sparsity",
    title="What the penalty makes exactly zero",
    summary="Weights and features that are left, against alpha.",
    prepare=prepare,
    draw=draw,
    write_alt=write_alt,
    write_caption=write_caption,
    compute_height=compute_height,
)
