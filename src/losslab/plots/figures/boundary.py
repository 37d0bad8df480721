"""The decision boundary over two features, and how certain the model is on either side."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from losslab.experiment.formatting import format_count
from losslab.plots.boundary.predictions import Array
from losslab.plots.boundary.surface import Boundary as Boundary
from losslab.plots.boundary.surface import prepare as prepare
from losslab.plots.legend import write_legend
from losslab.plots.spec import Figure
from losslab.plots.theme import (
    FONT,
    LIGHT,
    NARROW,
    Axes,
    Theme,
    get_figure_width,
    get_style,
    style_axes,
    wrap_text,
)

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.collections import LineCollection
    from matplotlib.image import AxesImage
    from matplotlib.text import Text

# The share of a class's color where the model is certain of it; markers have all of it.
DEPTH = 0.42
# Inches: a line of the legend, one of its columns, what is free below and above it, and the markers
# and characters that share one line.
LINE, COLUMN, GAP, HANDLE, LETTER = 0.19, 1.5, 0.08, 0.42, 0.072
ACROSS = 0.775  # the smallest share of a figure's width that its axes have
LABEL, TITLE = 18, 44  # characters of a legend entry and of a title
LINES = {"probability": "probability 0.5", "score": "score 0", "class": "boundary"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Parts:
    """What changes from model to model, and the markers that lie over it."""

    shading: "AxesImage"
    line: "LineCollection"
    title: "Text"
    marks: tuple["Artist", ...]

    @property
    def all(self) -> tuple["Artist", ...]:
        """Everything that has to be drawn again when the shading changes."""
        return (self.shading, self.line, self.title, *self.marks)


def draw(data: Boundary, ax: Axes, theme: Theme = LIGHT) -> None:
    """Draw shading, boundary, rows and legend."""
    draw_parts(data, ax, theme)


def draw_parts(data: Boundary, ax: Axes, theme: Theme = LIGHT) -> Parts:
    """Draw the figure, and return what ``update_parts`` can change."""
    from matplotlib.collections import LineCollection

    style_axes(ax, theme, grid="both")
    ax.grid(visible=False)
    for spine in ax.spines.values():
        spine.set(visible=True, zorder=5)
    shading = ax.imshow(
        mix_shading(data, theme), extent=_compute_extent(data), origin="lower", aspect="auto",
        zorder=0, interpolation="nearest" if data.kind == "class" else "bilinear",
    )  # fmt: skip
    line = LineCollection(list(data.lines), colors=theme.foreground, linewidths=1.4, zorder=2)
    ax.add_collection(line, autolim=False)
    marks = tuple(_draw_rows(data, ax, theme))
    x0, x1, y0, y1 = data.view
    ax.set(xlim=(x0, x1), ylim=(y0, y1))
    ax.set_xlabel(wrap_text(data.axes[0], 34))
    ax.set_ylabel(wrap_text(data.axes[1], 28))
    width = get_figure_width(ax) * ax.get_position().width
    labels = _list_labels(data)
    pad = 72 * (_compute_legend_height(labels, width) + GAP)
    title = ax.set_title(
        _format_title(data), size=11, color=theme.foreground, family=FONT, pad=pad,
        parse_math=False,
    )  # fmt: skip
    write_legend(
        ax, list(_make_handles(data, theme)), labels, theme, loc="lower left",
        bbox_to_anchor=(0, 1, 1, 0), ncols=_count_columns(labels, width), handlelength=1.4,
        handletextpad=0.5, columnspacing=1.2, labelspacing=0.35, borderaxespad=0.3, borderpad=0,
    )  # fmt: skip
    return Parts(shading=shading, line=line, title=title, marks=marks)


def update_parts(parts: Parts, data: Boundary, theme: Theme = LIGHT) -> None:
    """Show another model over the same rows."""
    parts.shading.set_data(mix_shading(data, theme))
    parts.line.set_segments(list(data.lines))
    parts.title.set_text(_format_title(data))


def _format_title(data: Boundary) -> str:
    return wrap_text(data.title, TITLE, 1)


def mix_shading(data: Boundary, theme: Theme) -> Array:
    """Mix the background with the winner's color by certainty: ``(R, R, 3)`` from 0 to 1."""
    from matplotlib.colors import to_rgb

    colors = np.array([to_rgb(get_style(theme, code).color) for code in range(len(data.classes))])
    background = np.array(to_rgb(theme.background))
    share = DEPTH * data.certainty[..., None]
    mixed: Array = background + share * (colors[data.winner] - background)
    return mixed


def _compute_extent(data: Boundary) -> tuple[float, float, float, float]:
    """Compute the image's edges; the grid's points are the centers of its cells."""
    x0, x1, y0, y1 = data.view
    rows, columns = data.values.shape[:2]
    right, up = (x1 - x0) / (columns - 1) / 2, (y1 - y0) / (rows - 1) / 2
    return x0 - right, x1 + right, y0 - up, y1 + up


def _draw_rows(data: Boundary, ax: Axes, theme: Theme) -> "Iterator[Artist]":
    size = min(32.0, max(8.0, 6000 / len(data.points)))
    for code in range(len(data.classes)):
        style = get_style(theme, code)
        for test in (False, True):
            x, y = data.points[(data.codes == code) & (data.is_test == test)].T
            # Hollow markers are larger, to be seen around a filled one in the same place.
            yield ax.scatter(
                x, y, s=1.6 * size if test else size, marker=style.marker,
                zorder=4 if test else 3, facecolors="none" if test else style.color,
                edgecolors=style.color if test else theme.background,
                linewidths=1.4 if test else 0.7,
            )  # fmt: skip


def _list_labels(data: Boundary) -> list[str]:
    line = "boundary" if len(data.classes) > 2 else LINES[data.kind]
    shading = [] if data.kind == "class" else ["faint: uncertain"]
    filling = ["filled: training", "hollow: test"] if data.is_test.any() else []
    return [wrap_text(name, LABEL, 1) for name in (*data.classes, line, *shading, *filling)]


def _make_handles(data: Boundary, theme: Theme) -> "Iterator[Artist]":
    """Make the legend's handles, in the order of the labels."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    for code in range(len(data.classes)):
        style = get_style(theme, code)
        yield Line2D([], [], color=style.color, marker=style.marker, linestyle="none", ms=6)
    yield Line2D([], [], color=theme.foreground, linewidth=1.4)
    if data.kind != "class":
        yield Patch(facecolor=theme.grid, edgecolor=theme.muted, linewidth=0.5)
    if data.is_test.any():
        for fill in (theme.secondary, "none"):
            yield Line2D(
                [], [], color=theme.secondary, marker="o", linestyle="none", ms=6,
                markerfacecolor=fill,
            )  # fmt: skip


def _count_columns(labels: Sequence[str], width: float) -> int:
    """Count the entries that fit side by side over axes of this width in inches."""
    if sum(HANDLE + LETTER * len(label) for label in labels) <= width:
        return len(labels)
    return max(1, int(width / COLUMN))


def _compute_legend_height(labels: Sequence[str], width: float) -> float:
    return LINE * math.ceil(len(labels) / _count_columns(labels, width)) + GAP


def write_alt(data: Boundary) -> str:
    """Describe which class wins where, how certain the model is, and how many rows are correct."""
    title = f', titled "{data.title}"' if data.title else ""
    shares = np.bincount(data.winner.ravel(), minlength=len(data.classes)) / data.winner.size
    areas = ", ".join(
        f"{name}: {_format_share(share)}" for name, share in zip(data.classes, shares, strict=True)
    )
    parts = [
        f"Decision boundary over {data.axes[0]}, across, and {data.axes[1]}, upwards{title}",
        f"Share of the area predicted as each class: {areas}",
    ]
    if data.kind == "probability":
        top = data.values.max(axis=-1)
        parts.append(f"The largest probability runs from {top.min():.2f} to {top.max():.2f}")
    for name, rows in (("training", ~data.is_test), ("test", data.is_test)):
        if rows.any():
            count = format_count(int(rows.sum()), f"{name} row")
            parts.append(f"{count}, {(data.correct & rows).sum()} predicted correctly")
    return f"{'. '.join(parts)}."


def _format_share(share: float) -> str:
    if share in (0.0, 1.0):
        return "nothing" if share == 0.0 else "all of it"
    return f"{100 * share:.0f} %" if 0.005 <= share < 0.995 else f"{100 * share:.2g} %"


def write_caption(data: Boundary) -> str:
    """Explain shading, line and markers."""
    several = len(data.classes) > 2
    shading = {
        "probability": "Shaded: the most probable class, fainter where it is less probable.",
        "score": "Shaded: the class with the highest score, fainter where its lead is smaller.",
        "class": "Shaded: the predicted class.",
    }
    line = {
        "probability": "two classes are equally probable" if several else "the probability is 0.5",
        "score": "two classes have the same score" if several else "the score is 0",
        "class": "the predicted class changes",
    }
    test = ", test rows hollow" if data.is_test.any() else ""
    return (
        f"{shading[data.kind]} Line: where {line[data.kind]}. "
        f"Markers: rows by class; training rows filled{test}."
    )


def compute_height(data: Boundary, width: float) -> float:
    """Add the heights of axes, legend and title."""
    body = 0.8 * width if width < NARROW else 5.0
    legend = _compute_legend_height(_list_labels(data), ACROSS * width)
    return body + legend + (0.3 if data.title else 0.0)


SPEC = Figure(
    name="boundary",
    title="Decision boundary",
    summary="The decision boundary over two features, and how certain the model is on either side.",
    prepare=prepare,
    draw=draw,
    write_alt=write_alt,
    write_caption=write_caption,
    compute_height=compute_height,
)
