"""A metric on training and held-out rows against the strength of a penalty."""

import math
from dataclasses import dataclass

from losslab.experiment.formatting import format_count, format_number
from losslab.experiment.penalty_path.findings import PathFindings
from losslab.metrics.catalog import METRICS
from losslab.plots.alpha_axis import (
    AlphaCurves,
    draw_alpha_curves,
    make_alpha_curves,
    make_alpha_line,
)
from losslab.plots.spec import Figure
from losslab.plots.theme import LIGHT, Axes, Theme, wrap_text
from losslab.plots.wording import describe_direction, join_sentences


@dataclass(frozen=True, kw_only=True)
class MetricPath:
    """A metric by alpha.

    Attributes:
        curves: on held-out and on training rows.
        metric: its label.
        better: which direction is better.
        best: the alpha with the best mean; None unless alpha was chosen by this metric.
        near: the ends of what lies within one standard error of the best mean, or None.
        test_rows: the number of held-out rows.
    """

    curves: AlphaCurves
    metric: str
    better: str
    best: float | None
    near: tuple[float, float] | None
    test_rows: int


def prepare(findings: PathFindings, metric: str | None = None) -> MetricPath:
    """Take one metric, by default the one that alpha was chosen by."""
    name = metric or findings.metric.name
    spec = METRICS[name]
    choice = findings.choice if name == findings.metric.name else None
    lines = (
        make_alpha_line("held-out rows", 0, [point.test[name] for point in findings.points]),
        make_alpha_line("training rows", 1, [point.train[name] for point in findings.points]),
    )
    return MetricPath(
        curves=make_alpha_curves(findings, lines),
        metric=spec.label,
        better=describe_direction(spec.higher_is_better),
        best=None if choice is None else choice.best,
        near=None if choice is None else (choice.bound, choice.mean),
        test_rows=findings.holdouts.test_rows,
    )


def draw(data: MetricPath, ax: Axes, theme: Theme = LIGHT) -> None:
    """Draw both lines, and shade what lies within one standard error of the best mean."""
    if data.near is not None and data.near[0] != data.near[1]:
        ax.axhspan(*sorted(data.near), color=theme.rope, linewidth=0, zorder=0)
    draw_alpha_curves(ax, data.curves, theme)
    ax.set_ylabel(wrap_text(f"{data.metric}, {data.better}", 32))


def write_alt(data: MetricPath) -> str:
    """Describe where the metric starts, is best and ends."""
    curves = data.curves
    held_out = curves.lines[0].mean
    known = [at for at, value in enumerate(held_out) if math.isfinite(value)]
    start = f"Held-out {data.metric} against the strength of the {curves.penalty} penalty"
    if not known:
        return f"{start}: every alpha had runs that diverged."
    ends = "; ".join(
        f"{format_number(held_out[at])} at alpha {curves.alphas[at]:.3g}"
        for at in (known[0], known[-1])
    )
    text = f"{start}, {data.better}: {ends}"
    if data.best is not None:
        text += f"; best at {data.best:.3g}"
    if curves.chosen is not None:
        chosen = format_number(held_out[curves.alphas.index(curves.chosen)])
        text += f"; chosen is {curves.chosen:.3g}, {chosen}"
    return f"{text}."


def write_caption(data: MetricPath) -> str:
    """Explain lines, bands and the dashed line."""
    return join_sentences(
        f"Mean over N = {format_count(data.curves.repetitions, 'repetition')}, each with its own "
        f"split ({format_count(data.test_rows, 'row')} held out) and initial weights.",
        data.curves.band_caption,
        _explain_choice(data),
        "Alpha 0, no penalty, is set apart; a bar is its band."
        if not data.curves.alphas[0]
        else "",
    )


def _explain_choice(data: MetricPath) -> str:
    if data.curves.chosen is None:
        return ""
    if data.near is None:
        return "Dashed: the chosen alpha."
    shaded = " (shaded)" if data.near[0] != data.near[1] else ""
    return (
        "Dashed: the largest alpha whose mean is within one standard error of the best "
        f"mean{shaded}."
    )


def compute_height(data: MetricPath, width: float) -> float:
    """Add the height of the legend."""
    return data.curves.compute_height(width, wide=3.0, slim=3.0)


SPEC = Figure(
    name="regularisation_path",
    title="Regularisation path",
    summary="A metric on training and held-out rows against alpha, and the alpha to choose.",
    prepare=prepare,
    draw=draw,
    write_alt=write_alt,
    write_caption=write_caption,
    compute_height=compute_height,
)
