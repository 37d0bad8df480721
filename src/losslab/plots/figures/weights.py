"""Histograms of the weights of each layer during training, exact zeros counted separately."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from losslab.core.errors import DataError, OptionError
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

ROW, BETWEEN = 0.34, 1.05  # inches: an epoch, and the space between two rows of panels
MAX_COLUMNS = 3  # panels in a row
TALLEST = 1.6  # rows, the height of the tallest histogram
APART = 0.34  # of a panel's width
FAINTEST = 0.4  # the opacity of the first epoch


@dataclass(frozen=True, kw_only=True)
class WeightRow:
    """One layer after one epoch.

    Attributes:
        epoch: its number.
        counts: the nonzero weights in each bin.
        zeros: the weights that are exactly 0.
        weights: the number of all weights.
    """

    epoch: int
    counts: tuple[int, ...]
    zeros: int
    weights: int


@dataclass(frozen=True, kw_only=True)
class WeightLayer:
    """One layer at every epoch; ``edges`` are those of the bins."""

    label: str
    edges: tuple[float, ...]
    rows: tuple[WeightRow, ...]


@dataclass(frozen=True, kw_only=True)
class Weights:
    """All layers, from the inputs on."""

    layers: tuple[WeightLayer, ...]

    @property
    def panel_height(self) -> float:
        """The height of a panel in inches."""
        return ROW * (len(self.layers[0].rows) + TALLEST)

    def count_panels(self, narrow: bool) -> tuple[int, int]:
        """Count the rows and columns of panels."""
        columns = 1 if narrow else min(MAX_COLUMNS, len(self.layers))
        return -(-len(self.layers) // columns), columns


def prepare(
    epochs: Sequence[int],
    weights: Sequence[Sequence[ArrayLike]],
    *,
    names: Sequence[str] | None = None,
    bins: int = 41,
) -> Weights:
    """Count the weights of each layer in bins that are the same at every epoch.

    Args:
        epochs: their numbers, 0 for the initial weights.
        weights: for each epoch, the weight matrix of each layer.
        names: of the layers; ``layer 1`` and so on by default.
        bins: the number of bins, symmetric around 0. Exact zeros are in none of them.

    Raises:
        DataError: if epochs and weights do not match, or some weight is not finite.

    Examples:
        >>> (layer,) = prepare([0, 5], [[[0.5, -1.0]], [[0.0, -1.0]]], bins=4).layers
        >>> [(row.epoch, row.counts, row.zeros) for row in layer.rows]
        [(0, (1, 0, 0, 1), 0), (5, (1, 0, 0, 0), 1)]
    """
    if not isinstance(bins, int) or bins < 2:
        raise OptionError("needed at least two bins", got=repr(bins), fix="bins=41")
    tables = [[np.asarray(layer, dtype=np.float64) for layer in layers] for layers in weights]
    _check(epochs, tables, names)
    labels = names or [f"layer {number}" for number, _ in enumerate(tables[0], start=1)]
    return Weights(
        layers=tuple(
            _count_layer(str(label), epochs, matrices, bins)
            for label, matrices in zip(labels, zip(*tables, strict=True), strict=True)
        )
    )


def _check(
    epochs: Sequence[int], tables: list[list[NDArray[Any]]], names: Sequence[str] | None
) -> None:
    lengths = sorted({len(layers) for layers in tables})
    if len(epochs) != len(tables) or len(lengths) != 1 or lengths == [0]:
        raise DataError(
            "needed the same layers for each epoch",
            got=f"{len(epochs)} epochs and {len(tables)} lists of {lengths} layers",
            fix="weights[e][l] is the matrix of layer l after epochs[e]",
        )
    if names is not None and len(names) != lengths[0]:
        raise DataError(
            f"needed a name for each of {lengths[0]} layers",
            got=str(len(names)),
            fix="leave names out",
        )
    if not all(layer.size and np.isfinite(layer).all() for layers in tables for layer in layers):
        raise DataError(
            "needed finite weights, at least one for each layer",
            got="an empty layer, NaN or infinity",
            fix="leave out the epochs after a run diverged",
        )


def _count_layer(
    label: str, epochs: Sequence[int], matrices: Sequence[NDArray[Any]], bins: int
) -> WeightLayer:
    largest = max(float(abs(matrix).max()) for matrix in matrices) or 1.0
    edges = np.linspace(-largest, largest, bins + 1)
    return WeightLayer(
        label=label,
        edges=tuple(edges.tolist()),
        rows=tuple(
            WeightRow(
                epoch=int(epoch),
                counts=tuple(np.histogram(matrix[matrix != 0], edges)[0].tolist()),
                zeros=int((matrix == 0).sum()),
                weights=matrix.size,
            )
            for epoch, matrix in zip(epochs, matrices, strict=True)
        ),
    )


def draw(data: Weights, ax: Axes, theme: Theme = LIGHT) -> None:
    """Draw a panel per layer: a histogram for each epoch, the first on top."""
    ax.set_axis_off()
    rows, columns = data.count_panels(is_narrow(ax))
    tall = data.panel_height
    total = rows * tall + (rows - 1) * BETWEEN
    # Shares of zeros stand to the right of each panel, the last one's too.
    across = 1 / (columns + APART * (columns - 1)) if columns > 1 else 1.0
    for number, layer in enumerate(data.layers):
        row, column = divmod(number, columns)
        left, bottom = column * across * (1 + APART), total - row * (tall + BETWEEN) - tall
        panel = ax.inset_axes((left, bottom / total, across, tall / total))
        _draw_layer(layer, panel, theme)
        panel.set_ylabel("" if column else "epoch")


def _draw_layer(layer: WeightLayer, ax: Axes, theme: Theme) -> None:
    style_axes(ax, theme, grid="x")
    last = len(layer.rows) - 1
    ax.set_xlim(layer.edges[0], layer.edges[-1])
    ax.set_ylim(last + 0.25, -TALLEST - 0.1)
    _draw_histograms(layer, ax, theme)
    _write_zeros(layer, ax, theme)
    ax.set_yticks(range(last + 1), [f"{row.epoch:,}" for row in layer.rows])
    ax.locator_params(axis="x", nbins=5)
    ax.set_xlabel("weight")
    size = format_count(layer.rows[0].weights, "weight")
    ax.set_title(
        wrap_text(f"{layer.label}, {size}", 32, 1), loc="left", size=9, family=FONT,
        color=theme.foreground, parse_math=False,
    )  # fmt: skip


def _draw_histograms(layer: WeightLayer, ax: Axes, theme: Theme) -> None:
    color = get_style(theme, 0).color
    most = max(max(row.counts) for row in layer.rows) or 1
    for place, row in enumerate(layer.rows):
        outline = place - TALLEST * np.array(row.counts) / most
        opacity = FAINTEST + (1 - FAINTEST) * place / max(len(layer.rows) - 1, 1)
        # Each histogram stands in front of the earlier ones.
        settings: dict[str, Any] = {"edges": layer.edges, "zorder": 2 + place}
        filled = {**settings, "baseline": place, "fill": True}
        ax.stairs(outline, **filled, color=theme.background)
        ax.stairs(outline, **filled, color=color, alpha=0.55 * opacity)
        ax.stairs(outline, **settings, baseline=None, color=color, alpha=opacity)


def _write_zeros(layer: WeightLayer, ax: Axes, theme: Theme) -> None:
    settings: dict[str, Any] = {
        "xycoords": ax.get_yaxis_transform(),
        "textcoords": "offset points",
        "va": "bottom",
        "size": 8,
        "family": FONT,
        "annotation_clip": False,
    }
    for place, row in enumerate(layer.rows):
        color = theme.foreground if row.zeros else theme.secondary
        share = format_percent(100 * row.zeros / row.weights, smallest=1)
        ax.annotate(share, (1, place), (4, 0), **settings, color=color)
    ax.annotate("zeros", (1, -1), (4, 0), **settings, color=theme.secondary)


def write_alt(data: Weights) -> str:
    """Describe the range and the zeros of each layer's weights at the first and last epoch."""
    layers = "; ".join(
        f"{layer.label}: {_describe_row(layer.rows[0], layer)}, "
        f"{_describe_row(layer.rows[-1], layer)}"
        for layer in data.layers
    )
    return f"Histograms of the weights of each layer during training. {layers}."


def _describe_row(row: WeightRow, layer: WeightLayer) -> str:
    filled = [place for place, count in enumerate(row.counts) if count]
    zeros = f"{row.zeros} of {row.weights} exactly zero"
    if not filled:
        return f"after epoch {row.epoch} {zeros}"
    low, high = layer.edges[filled[0]], layer.edges[filled[-1] + 1]
    return f"after epoch {row.epoch} from {low:.2g} to {high:.2g}, {zeros}"


def write_caption(data: Weights) -> str:
    """Explain histograms and zeros."""
    return (
        "Histograms of a layer's weights after each epoch, on one scale per layer. Weights that "
        "are exactly zero are not in them; their share stands beside them. Biases are left out."
    )


def compute_height(data: Weights, width: float) -> float:
    """Add a row per epoch in every panel."""
    rows, _ = data.count_panels(width < NARROW)
    return rows * data.panel_height + (rows - 1) * BETWEEN + 0.85


SPEC = Figure(
    name="weights",
    title="Weight histograms",
    summary="Histogram of each layer's weights at several epochs, exact zeros counted separately.",
    prepare=prepare,
    draw=draw,
    write_alt=write_alt,
    write_caption=write_caption,
    compute_height=compute_height,
)
