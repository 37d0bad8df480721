"""Which classes are taken for which: counts, and shares of each true class."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from losslab.core.errors import DataError
from losslab.experiment.formatting import format_count
from losslab.plots.spec import Figure
from losslab.plots.theme import (
    FONT,
    LIGHT,
    NARROW,
    Theme,
    get_style,
    is_narrow,
    style_axes,
    wrap_text,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LARGEST, SMALLEST = 10.0, 4.5  # points, for what stands in a cell
DEEPEST = 0.85  # how much of the colour a full cell has
CELL = 0.62  # inches, where there is room
WIDTH, SLIM_WIDTH = 6.2, 2.9  # inches for all cells, beside names and margins
LETTER = 0.62  # of a text's size, how wide a letter is
SHARES_FROM = 0.5  # inches, the narrowest cell with a share below its count
WORST = 3  # confusions that are told in words


@dataclass(frozen=True, kw_only=True)
class Confusion:
    """Rows are true classes, columns predicted ones; a class without rows has NaN shares."""

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    shares: tuple[tuple[float, ...], ...]
    right: int
    rows: int


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

    Example
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
    names, rows, columns = _coded(true, predicted, classes)
    counts = np.zeros((len(names), len(names)), dtype=np.int64)
    np.add.at(counts, (rows, columns), 1)
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.where(totals > 0, counts / np.maximum(totals, 1), np.nan)
    return Confusion(
        classes=names,
        counts=tuple(map(tuple, counts.tolist())),
        shares=tuple(map(tuple, shares.tolist())),
        right=int(np.trace(counts)),
        rows=len(true),
    )


def _coded(
    true: NDArray[Any], predicted: NDArray[Any], classes: Sequence[object] | None
) -> tuple[tuple[str, ...], NDArray[Any], NDArray[Any]]:
    both = np.concatenate((true, predicted))
    if classes is None:
        found, codes = np.unique(both, return_inverse=True)
        return tuple(map(str, found.tolist())), codes[: len(true)], codes[len(true) :]
    known = np.isin(both, np.arange(len(classes)))
    if not known.all():
        raise DataError(
            f"needed class codes 0 to {len(classes) - 1}, for {len(classes)} classes",
            got=f"labels such as {both[~known].tolist()[0]!r}",
            fix="leave classes out, and the values that occur are the classes",
        )
    names = tuple(map(str, classes))
    return names, true.astype(np.int64), predicted.astype(np.int64)


def draw(data: Confusion, ax: "Axes", theme: Theme = LIGHT) -> None:
    """Draw a cell for each pair of classes, the deeper the larger its share of the row."""
    from matplotlib.patches import Rectangle

    style_axes(ax, theme, grid="both")
    ax.grid(visible=False)
    ax.spines["bottom"].set_visible(False)
    many = len(data.classes)
    look = get_style(theme, 0)
    for row, shares in enumerate(data.shares):
        for column, share in enumerate(shares):
            corner = (column - 0.5, row - 0.5)
            depth = 0.0 if math.isnan(share) else DEEPEST * share
            ax.add_patch(Rectangle(corner, 1, 1, facecolor=look.color, alpha=depth))
    for edge in np.arange(many + 1) - 0.5:
        ax.axvline(edge, color=theme.grid, linewidth=0.8)
        ax.axhline(edge, color=theme.grid, linewidth=0.8)
    ax.set_xlim(-0.5, many - 0.5)
    ax.set_ylim(many - 0.5, -0.5)
    _write_counts(data, ax, theme)
    _name_classes(data, ax)


def _write_counts(data: Confusion, ax: "Axes", theme: Theme) -> None:
    across, _ = _cell(len(data.classes), is_narrow(ax))
    digits = max(len(f"{count:,}") for row in data.counts for count in row)
    size = min(LARGEST, across * 72 * 0.86 / (LETTER * max(digits, 2)))
    if size < SMALLEST:
        return
    for row, counts in enumerate(data.counts):
        for column, count in enumerate(counts):
            share = data.shares[row][column]
            look: dict[str, Any] = {
                "color": _legible_on(DEEPEST * share, theme) if count else theme.secondary,
                "family": FONT,
                "ha": "center",
                "textcoords": "offset points",
            }
            at, weight = (column, row), "bold" if row == column else "normal"
            both = across >= SHARES_FROM and count > 0
            upright = "bottom" if both else "center"
            ax.annotate(f"{count:,}", at, (0, 0), **look, va=upright, size=size, weight=weight)
            if both:
                ax.annotate(_percent(share), at, (0, -1.5), **look, va="top", size=min(size, 8))


def _percent(share: float) -> str:
    return "< 1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"


def _legible_on(depth: float, theme: Theme) -> str:
    """Choose between ink and paper for text on a cell with so much of the colour."""
    from matplotlib.colors import to_rgb

    color, paper = (np.array(to_rgb(one)) for one in (theme.series[0], theme.background))
    lights = [_light(np.array(to_rgb(one))) for one in (theme.foreground, theme.background)]
    ground = _light(depth * color + (1 - depth) * paper)
    contrasts = [(max(one, ground) + 0.05) / (min(one, ground) + 0.05) for one in lights]
    return theme.foreground if contrasts[0] >= contrasts[1] else theme.background


def _light(rgb: NDArray[np.float64]) -> float:
    """Give the relative luminance of WCAG."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ np.array([0.2126, 0.7152, 0.0722]))


def _name_classes(data: Confusion, ax: "Axes") -> None:
    narrow = is_narrow(ax)
    across, down = _cell(len(data.classes), narrow)
    places = range(len(data.classes))
    size = max(5.0, min(9.0, 72 * down / 1.35))
    ax.set_yticks(places, [wrap_text(name, 12 if narrow else 20, 1) for name in data.classes])
    upright = _upright(data.classes, across, size)
    ax.set_xticks(places, [wrap_text(name, 12, 1) for name in data.classes])
    ax.tick_params(axis="both", labelsize=size)
    ax.tick_params(axis="x", labelrotation=90 if upright else 0)
    for label in (*ax.get_xticklabels(), *ax.get_yticklabels()):
        label.set_parse_math(False)
    ax.set_xlabel("predicted class")
    ax.set_ylabel("true class")


def _upright(classes: Sequence[str], across: float, size: float) -> bool:
    longest = max(min(len(name), 12) for name in classes)
    return longest * LETTER * size / 72 > 0.94 * across


def _cell(many: int, narrow: bool) -> tuple[float, float]:
    """Give width and height of a cell in inches."""
    across = (SLIM_WIDTH if narrow else WIDTH) / many
    return across, min(CELL, max(across, 0.17))


def write_alt(data: Confusion) -> str:
    """Say how many are right, for each class too, and what is confused most."""
    right = ", ".join(
        f"{name} {data.counts[place][place]} of {sum(data.counts[place])}"
        for place, name in enumerate(data.classes)
    )
    wrong = sorted(
        (
            (-count, data.classes[row], data.classes[column])
            for row, counts in enumerate(data.counts)
            for column, count in enumerate(counts)
            if row != column and count
        )
    )[:WORST]
    told = ", ".join(f"{true} taken for {taken} {-count}" for count, true, taken in wrong)
    return (
        f"Confusion matrix, true classes against predicted ones. Right: {right}. "
        f"Wrong most often: {told or 'none'}."
    )


def write_caption(data: Confusion) -> str:
    """Say what a cell shows, and how many rows are right."""
    return (
        "Each row is a true class, each column a predicted one; the deeper a cell, the larger its "
        "share of the row, which is in per cent where there is room. On the diagonal, in bold: "
        f"right. {data.right} of {format_count(data.rows, 'row')} are right, "
        f"accuracy {data.right / data.rows:.3f}."
    )


def compute_height(data: Confusion, width: float) -> float:
    """Give every class a row, and room for the names of the classes."""
    narrow = width < NARROW
    across, down = _cell(len(data.classes), narrow)
    size = max(5.0, min(9.0, 72 * down / 1.35))
    upright = _upright(data.classes, across, size)
    longest = max(min(len(name), 12) for name in data.classes)
    return down * len(data.classes) + 0.6 + (longest * LETTER * size / 72 if upright else 0)


SPEC = Figure(
    name="confusion",
    title="What is taken for what",
    summary="Counts and row shares of true against predicted classes.",
    prepare=prepare,
    draw=draw,
    write_alt=write_alt,
    write_caption=write_caption,
    compute_height=compute_height,
)
