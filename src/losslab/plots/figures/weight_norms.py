"""How long the weights are, layer by layer, against the strength of a penalty."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from losslab.experiment.formatting import format_count, format_number
from losslab.experiment.penalty_path.findings import PathFindings
from losslab.plots.alpha_axis import BAND, AlphaLine, draw_lines, key_height, make_alpha_line
from losslab.plots.spec import Figure
from losslab.plots.theme import LIGHT, NARROW, Theme, style_axes, wrap_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, kw_only=True)
class WeightNorms:
    """Norms by alpha: of all weights, and of each layer's where there are several."""

    penalty: str
    alphas: tuple[float, ...]
    lines: tuple[AlphaLine, ...]
    chosen: float | None
    repetitions: int


def prepare(findings: PathFindings) -> WeightNorms:
    """Take the Euclidean norms; of a linear model also the sum of magnitudes."""
    points = findings.points
    lines = [make_alpha_line("all weights", 0, [point.l2 for point in points])]
    depth = len(findings.hidden)
    if depth:
        for at in range(depth + 1):
            name = "output layer" if at == depth else f"hidden layer {at + 1}"
            lines.append(make_alpha_line(name, at + 1, [point.layers[at] for point in points]))
    else:
        lines[0] = make_alpha_line("L2, root of squares", 0, [point.l2 for point in points])
        lines.append(make_alpha_line("L1, sum of sizes", 1, [point.l1 for point in points]))
    return WeightNorms(
        penalty=findings.kind,
        alphas=tuple(point.alpha for point in points),
        lines=tuple(lines),
        chosen=None if findings.choice is None else findings.choice.alpha,
        repetitions=findings.repetitions,
    )


def draw(data: WeightNorms, ax: "Axes", theme: Theme = LIGHT) -> None:
    """Draw one line a norm over a logarithmic axis of alphas."""
    style_axes(ax, theme, grid="y")
    draw_lines(ax, data.alphas, data.lines, data.chosen, theme)
    ax.set_ylim(bottom=min(0.0, -0.03 * ax.get_ylim()[1]))
    ax.set_ylabel(wrap_text("norm of the weights, biases left aside", 28))


def write_alt(data: WeightNorms) -> str:
    """Say how long all weights are at both ends."""
    means = data.lines[0].mean
    ends = ", ".join(f"{format_number(means[at])} at alpha {data.alphas[at]:.3g}" for at in (0, -1))
    return f"Norm of all weights under the {data.penalty} penalty: {ends}."


def write_caption(data: WeightNorms) -> str:
    """Say what the lines are."""
    parts = [
        "Root of the sum of the squared weights; weights count per standard deviation of a "
        "feature, since features are standardised on the training rows. "
        f"Mean over N = {format_count(data.repetitions, 'repetition')}.",
        f"Band: {BAND}." if data.repetitions > 1 else "",
    ]
    return " ".join(part for part in parts if part)


def compute_height(data: WeightNorms, width: float) -> float:
    """Give room for the picture and its key."""
    if width < NARROW:
        return 2.8 + key_height(data.lines, data.chosen, narrow=True)
    return max(2.6, 0.6 + key_height(data.lines, data.chosen, narrow=False))


SPEC = Figure(
    name="weight_norms",
    title="How long the weights stay",
    summary="Norms of all weights and of each layer's, against alpha.",
    prepare=prepare,
    draw=draw,
    write_alt=write_alt,
    write_caption=write_caption,
    compute_height=compute_height,
)
