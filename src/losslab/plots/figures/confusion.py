"""The confusion matrix: counts, and shares of each true class."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from losslab.core.errors import DataError
from losslab.experiment.formatting import format_count
from losslab.plots.spec import Figure
from losslab.plots.theme import (
    FONT,
    LIGHT,
    NARROW,
    Axes,
    Theme,
    get_style,
    is_narrow,
    style_axes,
    wrap_text,
)
from losslab.plots.wording import format_percent

LARGEST, SMALLEST = 10.0, 4.5  # points, of the text in a cell
DEPTH = 0.85  # the share of color in a full cell
CELL = 0.62  # inches, the largest height
WIDTH, SLIM_WIDTH = 6.2, 2.9  # inches for all cells, beside labels and margins
LETTER = 0.62  # the width of a character by the size of the text
SHARES_FROM = 0.5  # inches, the narrowest cell with a share below its count
NAME = 12  # characters of a class's name below the matrix
WORST = 3  # confusions in the alt text


@dataclass(frozen=True, kw_only=True)
class Confusion:
    """A confusion matrix.

    Attributes:
        classes: their names.
        counts: rows by true class, then by predicted class.
        shares: of each true class; NaN for a class without rows.
        correct: the number of correctly predicted rows.
        rows: the number of all rows.
    """

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    shares: tuple[tuple[float, ...], ...]
    correct: int
    rows: int

    def fit_cells(self, narrow: bool) -> "Cells":
        """Fit cells and labels into a figure."""
        width = (SLIM_WIDTH if narrow else WIDTH) / len(self.classes)
        height = min(CELL, max(width, 0.17))
        size = max(5.0, min(9.0, 72 * height / 1.35))
        longest = max(min(len(name), NAME) for name in self.classes) * LETTER * size / 72
        return Cells(width=width, height=height, label_size=size, longest_label=longest)


@dataclass(frozen=True, kw_only=True)
class Cells:
    """The size of a cell and of the longest label in inches, and the labels' size in points."""

    width: float
    height: float
    label_size: float
    longest_label: float

    @property
    def are_labels_upright(self) -> bool:
        """Whether the labels below the matrix must be rotated."""
        return self.longest_label > 0.94 * self.width


def prepare(
    labels: ArrayLike, predictions: ArrayLike, *, classes: Sequence[object] | None = None
) -> Confusion:
    """Count how often each class is predicted as each.

    Args:
        labels: true classes ``(N,)``: codes 0 to K-1 with ``classes``, or any values without.
        predictions: predicted classes ``(N,)``, of the same kind.
        classes: names of all classes; by default, the values that occur, in order.

    Raises:
        DataError: if labels and predictions do not match each other or the classes.

    Examples:
        >>> prepare([0, 0, 1], [0, 1, 1], classes=["no", "yes"]).counts
        ((1, 1), (0, 1))
    """
    true, predicted = np.asarray(labels), np.asarray(predictions)
    if true.ndim != 1 or true.shape != predicted.shape or not len(true):
        raise DataError(
            "needed as many predictions as labels (N,), and at least one",
            got=f"shapes {true.shape} and {predicted.shape}",
            fix="pass the predicted class of each row, not its probabilities",
        )
    names, codes = _encode(np.stack((true, predicted)), classes)
    counts = np.zeros((len(names), len(names)), dtype=np.int64)
    np.add.at(counts, tuple(codes), 1)
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.where(totals > 0, counts / np.maximum(totals, 1), np.nan)
    return Confusion(
        classes=names,
        counts=tuple(map(tuple, counts.tolist())),
        shares=tuple(map(tuple, shares.tolist())),
        correct=int(np.trace(counts)),
        rows=len(true),
    )


def _encode(
    values: NDArray[Any], classes: Sequence[object] | None
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Return the names of the classes, and ``values`` as places in them."""
    if classes is None:
        found, codes = np.unique(values, return_inverse=True)
        return tuple(map(str, found.tolist())), codes.reshape(values.shape)
    known = np.isin(values, np.arange(len(classes)))
    if not known.all():
        raise DataError(
            f"needed class codes 0 to {len(classes) - 1}, for {len(classes)} classes",
            got=f"labels such as {values[~known].tolist()[0]!r}",
            fix="leave classes out, and the values that occur are the classes",
        )
    return tuple(map(str, classes)), values.astype(np.int64)


def draw(data: Confusion, ax: Axes, theme: Theme = LIGHT) -> None:
    """Draw a cell for each pair of classes, with more color for a larger share of the row."""
    from matplotlib.patches import Rectangle

    style_axes(ax, theme, grid="both")
    ax.grid(visible=False)
    ax.spines["bottom"].set_visible(False)
    color = get_style(theme, 0).color
    for row, shares in enumerate(data.shares):
        for column, share in enumerate(shares):
            corner = (column - 0.5, row - 0.5)
            depth = 0.0 if math.isnan(share) else DEPTH * share
            ax.add_patch(Rectangle(corner, 1, 1, facecolor=color, alpha=depth))
    count = len(data.classes)
    for edge in np.arange(count + 1) - 0.5:
        ax.axvline(edge, color=theme.grid, linewidth=0.8)
        ax.axhline(edge, color=theme.grid, linewidth=0.8)
    ax.set_xlim(-0.5, count - 0.5)
    ax.set_ylim(count - 0.5, -0.5)
    cells = data.fit_cells(is_narrow(ax))
    _write_counts(data, cells, ax, theme)
    _label_classes(data, cells, ax)


def _write_counts(data: Confusion, cells: Cells, ax: Axes, theme: Theme) -> None:
    digits = max(len(f"{count:,}") for row in data.counts for count in row)
    size = min(LARGEST, cells.width * 72 * 0.86 / (LETTER * max(digits, 2)))
    if size < SMALLEST:
        return
    for row, counts in enumerate(data.counts):
        for column, count in enumerate(counts):
            share = data.shares[row][column]
            settings: dict[str, Any] = {
                "color": _choose_text_color(DEPTH * share, theme) if count else theme.secondary,
                "family": FONT,
                "ha": "center",
                "textcoords": "offset points",
            }
            at, weight = (column, row), "bold" if row == column else "normal"
            both = cells.width >= SHARES_FROM and count > 0
            va = "bottom" if both else "center"
            ax.annotate(f"{count:,}", at, (0, 0), **settings, va=va, size=size, weight=weight)
            if both:
                percent = format_percent(100 * share)
                ax.annotate(percent, at, (0, -1.5), **settings, va="top", size=min(size, 8))


def _choose_text_color(depth: float, theme: Theme) -> str:
    """Choose the color with the higher contrast on a cell with so much of the color."""
    from matplotlib.colors import to_rgb

    color, background = (np.array(to_rgb(one)) for one in (theme.series[0], theme.background))
    cell = _compute_luminance(depth * color + (1 - depth) * background)

    def compute_contrast(name: str) -> float:
        text = _compute_luminance(np.array(to_rgb(name)))
        return (max(text, cell) + 0.05) / (min(text, cell) + 0.05)

    return max((theme.foreground, theme.background), key=compute_contrast)


def _compute_luminance(rgb: NDArray[np.float64]) -> float:
    """Compute the relative luminance of WCAG."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ np.array([0.2126, 0.7152, 0.0722]))


def _label_classes(data: Confusion, cells: Cells, ax: Axes) -> None:
    places = range(len(data.classes))
    beside = NAME if is_narrow(ax) else 20
    ax.set_yticks(places, [wrap_text(name, beside, 1) for name in data.classes])
    ax.set_xticks(places, [wrap_text(name, NAME, 1) for name in data.classes])
    ax.tick_params(axis="both", labelsize=cells.label_size)
    ax.tick_params(axis="x", labelrotation=90 if cells.are_labels_upright else 0)
    for label in (*ax.get_xticklabels(), *ax.get_yticklabels()):
        label.set_parse_math(False)
    ax.set_xlabel("predicted class")
    ax.set_ylabel("true class")


def write_alt(data: Confusion) -> str:
    """Describe how many rows are correct, for each class too, and the worst confusions."""
    correct = ", ".join(
        f"{name} {counts[place]} of {sum(counts)}"
        for place, (name, counts) in enumerate(zip(data.classes, data.counts, strict=True))
    )
    confusions = sorted(
        (-count, data.classes[row], data.classes[column])
        for row, counts in enumerate(data.counts)
        for column, count in enumerate(counts)
        if row != column and count
    )[:WORST]
    worst = ", ".join(f"{true} as {predicted} {-count}" for count, true, predicted in confusions)
    return (
        f"Confusion matrix, true classes against predicted ones. Correct: {correct}. "
        f"Most frequent errors: {worst or 'none'}."
    )


def write_caption(data: Confusion) -> str:
    """Explain a cell, and give the accuracy."""
    return (
        "Each row is a true class, each column a predicted one; the more color in a cell, the "
        "larger its share of the row, in percent where there is room. On the diagonal, in bold: "
        f"correct. {data.correct} of {format_count(data.rows, 'row')} are correct, "
        f"accuracy {data.correct / data.rows:.3f}."
    )


def compute_height(data: Confusion, width: float) -> float:
    """Add the heights of the cells and the labels."""
    cells = data.fit_cells(width < NARROW)
    labels = cells.longest_label if cells.are_labels_upright else 0
    return cells.height * len(data.classes) + 0.6 + labels


SPEC = Figure(
    name="confusion",
    title="Confusion matrix",
    summary="Counts and row shares of true against predicted classes.",
    prepare=prepare,
    draw=draw,
    write_alt=write_alt,
    write_caption=write_caption,
    compute_height=compute_height,
)
