"""Where a model decides for which class, over two features, and how sure it is there."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from losslab.experiment.formatting import format_count
from losslab.plots.boundary.predictions import Array
from losslab.plots.boundary.surface import Boundary as Boundary
from losslab.plots.boundary.surface import prepare as prepare
from losslab.plots.spec import Figure
from losslab.plots.theme import FONT, LIGHT, NARROW, Theme, get_style, style_axes, wrap_text

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.collections import LineCollection
    from matplotlib.image import AxesImage
    from matplotlib.text import Text

# How much of a class's colour there is where a model is sure of it; marks have all of it.
DEPTH = 0.42
# Inches: a line of the key, one of its columns, and what is free below and above it; the marks and
# letters that share one line.
LINE, COLUMN, GAP, MARK, LETTER = 0.19, 1.5, 0.08, 0.42, 0.072
ACROSS = 0.775  # how much of a picture's width its axes have at least
LETTERS, WIDEST = 18, 44  # in an entry of the key, and in a title
LINES = {"probability": "probability 0.5", "score": "score 0", "class": "boundary"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Parts:
    """What changes from model to model, and the marks that lie over it."""

    shading: "AxesImage"
    line: "LineCollection"
    title: "Text"
    marks: tuple["Artist", ...]

    @property
    def all(self) -> tuple["Artist", ...]:
        """Everything that has to be drawn again when the shading changes."""
        return (self.shading, self.line, self.title, *self.marks)


def draw(data: Boundary, ax: "Axes", theme: Theme = LIGHT) -> None:
    """Draw shading, boundary, rows and key."""
    draw_parts(data, ax, theme)


def draw_parts(data: Boundary, ax: "Axes", theme: Theme = LIGHT) -> Parts:
    """Draw as ``draw`` does, and give what ``update_parts`` can change afterwards."""
    from matplotlib.collections import LineCollection

    style_axes(ax, theme, grid="both")
    ax.grid(visible=False)
    for spine in ax.spines.values():
        spine.set(visible=True, zorder=5)
    shading = ax.imshow(
        mix_shading(data, theme), extent=_extent(data), origin="lower", aspect="auto", zorder=0,
        interpolation="nearest" if data.kind == "class" else "bilinear",
    )  # fmt: skip
    line = LineCollection(list(data.lines), colors=theme.foreground, linewidths=1.4, zorder=2)
    ax.add_collection(line, autolim=False)
    marks = tuple(_marks(data, ax, theme))
    x0, x1, y0, y1 = data.view
    ax.set(xlim=(x0, x1), ylim=(y0, y1))
    ax.set_xlabel(wrap_text(data.axes[0], 34)).set_parse_math(False)
    ax.set_ylabel(wrap_text(data.axes[1], 28)).set_parse_math(False)
    pad = 72 * (_key_height(data, _width(ax)) + GAP)
    title = ax.set_title(_title(data), size=11, color=theme.foreground, family=FONT, pad=pad)
    title.set_parse_math(False)
    _add_key(data, ax, theme)
    return Parts(shading=shading, line=line, title=title, marks=marks)


def update_parts(parts: Parts, data: Boundary, theme: Theme = LIGHT) -> None:
    """Show another model over the same rows."""
    parts.shading.set_data(mix_shading(data, theme))
    parts.line.set_segments(list(data.lines))
    parts.title.set_text(_title(data))


def _title(data: Boundary) -> str:
    return wrap_text(data.title, WIDEST, 1)


def mix_shading(data: Boundary, theme: Theme) -> Array:
    """Mix paper with the winner's colour, the more of it the surer: ``(R, R, 3)`` from 0 to 1."""
    from matplotlib.colors import to_rgb

    colors = np.array([to_rgb(get_style(theme, code).color) for code in range(len(data.classes))])
    paper = np.array(to_rgb(theme.background))
    share = DEPTH * data.certainty[..., None]
    mixed: Array = paper + share * (colors[data.winner] - paper)
    return mixed


def _extent(data: Boundary) -> tuple[float, float, float, float]:
    """The points of the grid are the middles of the picture's cells."""
    x0, x1, y0, y1 = data.view
    rows, columns = data.values.shape[:2]
    right, up = (x1 - x0) / (columns - 1) / 2, (y1 - y0) / (rows - 1) / 2
    return x0 - right, x1 + right, y0 - up, y1 + up


def _marks(data: Boundary, ax: "Axes", theme: Theme) -> "Iterator[Artist]":
    size = min(32.0, max(8.0, 6000 / len(data.points)))
    for code in range(len(data.classes)):
        look = get_style(theme, code)
        for test in (False, True):
            x, y = data.points[(data.codes == code) & (data.is_test == test)].T
            # The hollow ones are larger, to be seen around a filled one in the same place.
            yield ax.scatter(
                x, y, s=1.6 * size if test else size, marker=look.marker, zorder=4 if test else 3,
                facecolors="none" if test else look.color,
                edgecolors=look.color if test else theme.background,
                linewidths=1.4 if test else 0.7,
            )  # fmt: skip


def _add_key(data: Boundary, ax: "Axes", theme: Theme) -> None:
    labels = _labels(data)
    legend = ax.legend(
        list(_handles(data, theme)),
        [str(number) for number in range(len(labels))],
        frameon=False,
        loc="lower left",
        bbox_to_anchor=(0, 1, 1, 0),
        ncols=_columns(labels, _width(ax)),
        handlelength=1.4,
        handletextpad=0.5,
        columnspacing=1.2,
        labelspacing=0.35,
        borderaxespad=0.3,
        borderpad=0,
    )
    # Set afterwards, as names could be read as mathematics or as "leave this out".
    for text, label in zip(legend.get_texts(), labels, strict=True):
        text.set_parse_math(False)
        text.set(text=label, color=theme.foreground, size=8, family=FONT)


def _labels(data: Boundary) -> list[str]:
    line = "boundary" if len(data.classes) > 2 else LINES[data.kind]
    shading = [] if data.kind == "class" else ["fainter: less sure"]
    filling = ["filled: training", "hollow: test"] if data.is_test.any() else []
    return [wrap_text(name, LETTERS, 1) for name in (*data.classes, line, *shading, *filling)]


def _handles(data: Boundary, theme: Theme) -> "Iterator[Artist]":
    """Give what stands in the key before each of the labels, in their order."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    for code in range(len(data.classes)):
        look = get_style(theme, code)
        yield Line2D([], [], color=look.color, marker=look.marker, linestyle="none", ms=6)
    yield Line2D([], [], color=theme.foreground, linewidth=1.4)
    if data.kind != "class":
        yield Patch(facecolor=theme.grid, edgecolor=theme.muted, linewidth=0.5)
    if data.is_test.any():
        for fill in (theme.secondary, "none"):
            yield Line2D(
                [],
                [],
                color=theme.secondary,
                marker="o",
                linestyle="none",
                ms=6,
                markerfacecolor=fill,
            )


def _width(ax: "Axes") -> float:
    figure = ax.get_figure(root=True)
    assert figure is not None, "axes stand in a figure"
    return float(figure.get_figwidth() * ax.get_position().width)


def _columns(labels: list[str], width: float) -> int:
    """How many entries stand side by side over axes of this width in inches."""
    if sum(MARK + LETTER * len(label) for label in labels) <= width:
        return len(labels)
    return max(1, int(width / COLUMN))


def _key_height(data: Boundary, width: float) -> float:
    labels = _labels(data)
    return LINE * math.ceil(len(labels) / _columns(labels, width)) + GAP


def write_alt(data: Boundary) -> str:
    """Say which class wins where, how sure the model is, and how many rows it gets right."""
    about = f', titled "{data.title}"' if data.title else ""
    shares = np.bincount(data.winner.ravel(), minlength=len(data.classes)) / data.winner.size
    areas = ", ".join(
        f"{name}: {_share(share)}" for name, share in zip(data.classes, shares, strict=True)
    )
    parts = [
        f"Decision boundary over {data.axes[0]}, across, and {data.axes[1]}, upwards{about}",
        f"Share of the area that each class wins: {areas}",
    ]
    if data.kind == "probability":
        top = data.values.max(axis=-1)
        parts.append(f"The winner's probability runs from {top.min():.2f} to {top.max():.2f}")
    for name, rows in (("training", ~data.is_test), ("test", data.is_test)):
        if rows.any():
            right = f"{(data.right & rows).sum()} of them"
            parts.append(
                f"{format_count(int(rows.sum()), f'{name} row')}, {right} on their own side"
            )
    return f"{'. '.join(parts)}."


def _share(share: float) -> str:
    if share in (0.0, 1.0):
        return "nothing" if share == 0.0 else "all of it"
    return f"{100 * share:.0f} %" if 0.005 <= share < 0.995 else f"{100 * share:.2g} %"


def write_caption(data: Boundary) -> str:
    """Say what shading, line and marks mean."""
    several = len(data.classes) > 2
    shading = {
        "probability": "Shaded: the most probable class, the fainter the less probable.",
        "score": "Shaded: the class with the highest score, the fainter the smaller its lead.",
        "class": "Shaded: the class that is predicted.",
    }
    line = {
        "probability": "two classes are equally probable" if several else "the probability is 0.5",
        "score": "two classes have the same score" if several else "the score is 0",
        "class": "the predicted class changes",
    }
    test = ", test rows hollow" if data.is_test.any() else ""
    return (
        f"{shading[data.kind]} Line: where {line[data.kind]}. "
        f"Marks: rows by class; training rows filled{test}."
    )


def compute_height(data: Boundary, width: float) -> float:
    """Give the picture about the shape of the classic one, and its key and title room above."""
    body = 0.8 * width if width < NARROW else 5.0
    return body + _key_height(data, ACROSS * width) + (0.3 if data.title else 0.0)


SPEC = Figure(
    name="boundary",
    title="Where the model decides for which class",
    summary="The decision boundary over two features, with how sure the model is on either side.",
    prepare=prepare,
    draw=draw,
    write_alt=write_alt,
    write_caption=write_caption,
    compute_height=compute_height,
)
