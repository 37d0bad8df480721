"""A metric on training and held-out rows against the strength of a penalty."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from losslab.experiment.formatting import format_count, format_number
from losslab.experiment.penalty_path.findings import PathFindings
from losslab.metrics.catalog import METRICS
from losslab.plots.alpha_axis import BAND, AlphaLine, draw_lines, key_height, make_alpha_line
from losslab.plots.spec import Figure
from losslab.plots.theme import LIGHT, NARROW, Theme, style_axes, wrap_text
from losslab.plots.wording import describe_direction

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, kw_only=True)
class MetricPath:
    """A metric by alpha.

    ``chosen`` and ``best`` are None unless it is the metric that the choice was made by; ``near``
    are then the ends of what lies within one standard error of the best mean.
    """

    penalty: str
    alphas: tuple[float, ...]
    lines: tuple[AlphaLine, ...]
    metric: str
    better: str
    chosen: float | None
    best: float | None
    near: tuple[float, float] | None
    repetitions: int
    test_rows: int


def prepare(findings: PathFindings, metric: str | None = None) -> MetricPath:
    """Take one metric, by default the one the choice was made by."""
    name = metric or findings.metric
    spec = METRICS[name]
    choice = findings.choice if name == findings.metric else None
    held = make_alpha_line("held-out rows", 0, [point.test[name] for point in findings.points])
    train = make_alpha_line("training rows", 1, [point.train[name] for point in findings.points])
    return MetricPath(
        penalty=findings.kind,
        alphas=tuple(point.alpha for point in findings.points),
        lines=(held, train),
        metric=spec.label,
        better=describe_direction(spec.higher_is_better),
        chosen=None if findings.choice is None else findings.choice.alpha,
        best=None if choice is None else choice.best,
        near=None if choice is None else (choice.bound, choice.mean),
        repetitions=findings.repetitions,
        test_rows=findings.test_rows,
    )


def draw(data: MetricPath, ax: "Axes", theme: Theme = LIGHT) -> None:
    """Draw both lines over a logarithmic axis of alphas, and mark the chosen one."""
    style_axes(ax, theme, grid="y")
    if data.near is not None and data.near[0] != data.near[1]:
        ax.axhspan(*sorted(data.near), color=theme.rope, linewidth=0, zorder=0)
    draw_lines(ax, data.alphas, data.lines, data.chosen, theme)
    ax.set_ylabel(wrap_text(f"{data.metric}, {data.better}", 32))


def write_alt(data: MetricPath) -> str:
    """Say where the metric starts, is best and ends."""
    held = data.lines[0].mean
    known = [at for at, value in enumerate(held) if math.isfinite(value)]
    start = f"Held-out {data.metric} against the strength of the {data.penalty} penalty"
    if not known:
        return f"{start}: every alpha had runs that diverged."
    ends = "; ".join(
        f"{format_number(held[at])} at alpha {data.alphas[at]:.3g}" for at in (known[0], known[-1])
    )
    told = f"{start}, {data.better}: {ends}"
    if data.best is not None:
        told += f"; best at {data.best:.3g}"
    if data.chosen is not None:
        told += (
            f"; chosen is {data.chosen:.3g}, {format_number(held[data.alphas.index(data.chosen)])}"
        )
    return f"{told}."


def write_caption(data: MetricPath) -> str:
    """Say what lines, bands and the dashed line mean."""
    parts = [
        f"Mean over N = {format_count(data.repetitions, 'repetition')}, each with its own split "
        f"({format_count(data.test_rows, 'row')} held out) and initial weights.",
        f"Band: {BAND}." if data.repetitions > 1 else "",
        _about_choice(data),
        "Alpha 0, no penalty, stands apart, with a bar for its band." if not data.alphas[0] else "",
    ]
    return " ".join(part for part in parts if part)


def _about_choice(data: MetricPath) -> str:
    if data.chosen is None:
        return ""
    if data.near is None:
        return "Dashed: the chosen alpha."
    shaded = " (shaded)" if data.near[0] != data.near[1] else ""
    return (
        "Dashed: the largest alpha whose mean is within one standard error of the best "
        f"mean{shaded}."
    )


def compute_height(data: MetricPath, width: float) -> float:
    """Give room for the picture and, where it is narrow, for the key above it."""
    return 3.0 + key_height(data.lines, data.chosen, narrow=True) if width < NARROW else 3.0


SPEC = Figure(
    name="regularisation_path",
    title="How strong the penalty should be",
    summary="A metric on training and held-out rows against alpha, and the alpha to choose.",
    prepare=prepare,
    draw=draw,
    write_alt=write_alt,
    write_caption=write_caption,
    compute_height=compute_height,
)
