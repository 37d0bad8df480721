"""The norms of the weights against the strength of a penalty."""

from losslab.experiment.formatting import format_number
from losslab.experiment.penalty_path.findings import PathFindings
from losslab.plots.alpha_axis import (
    AlphaCurves,
    draw_alpha_curves,
    make_alpha_curves,
    make_alpha_line,
)
from losslab.plots.spec import Figure
from losslab.plots.theme import LIGHT, Axes, Theme, wrap_text
from losslab.plots.wording import join_sentences


def prepare(findings: PathFindings) -> AlphaCurves:
    """Take the L2 norms of all weights and of each layer's; of a linear model L2 and L1 norm."""
    points = findings.points
    l2 = [point.l2 for point in points]
    depth = len(findings.network.hidden)
    if depth:
        names = [*(f"hidden layer {number}" for number in range(1, depth + 1)), "output layer"]
        lines = [make_alpha_line("all weights", 0, l2)]
        lines += [
            make_alpha_line(name, at + 1, [point.layers[at] for point in points])
            for at, name in enumerate(names)
        ]
    else:
        lines = [
            make_alpha_line("L2 norm", 0, l2),
            make_alpha_line("L1 norm", 1, [point.l1 for point in points]),
        ]
    return make_alpha_curves(findings, lines)


def draw(data: AlphaCurves, ax: Axes, theme: Theme = LIGHT) -> None:
    """Draw one line per norm."""
    draw_alpha_curves(ax, data, theme)
    ax.set_ylim(bottom=min(0.0, -0.03 * ax.get_ylim()[1]))
    ax.set_ylabel(wrap_text("norm of the weights, without biases", 28))


def write_alt(data: AlphaCurves) -> str:
    """Describe the norm of all weights at both ends."""
    means = data.lines[0].mean
    ends = ", ".join(f"{format_number(means[at])} at alpha {data.alphas[at]:.3g}" for at in (0, -1))
    return f"Norm of all weights under the {data.penalty} penalty: {ends}."


def write_caption(data: AlphaCurves) -> str:
    """Explain which norm it is."""
    return join_sentences(
        "L2 norm: the root of the sum of squares. Features are standardised on the training rows, "
        "so a weight is per standard deviation of its feature.",
        data.mean_caption,
        data.band_caption,
    )


def compute_height(data: AlphaCurves, width: float) -> float:
    """Add the height of the legend."""
    return data.compute_height(width, wide=2.6, slim=2.8)


SPEC = Figure(
    name="weight_norms",
    title="Weight norms",
    summary="Norms of all weights and of each layer's, against alpha.",
    prepare=prepare,
    draw=draw,
    write_alt=write_alt,
    write_caption=write_caption,
    compute_height=compute_height,
)
