"""How the weights of each layer spread while training goes on, exact zeros counted apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from losslab.core.errors import DataError, OptionError
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

ROW, BETWEEN = 0.34, 1.05  # inches: an epoch, and what stands between two rows of panels
ACROSS = 3  # panels in a row, where it is wide
TALL = 1.6  # rows, the height of the tallest hill
APART = 0.34  # of a panel's width
FAINTEST = 0.4


@dataclass(frozen=True, kw_only=True)
class WeightRow:
    """One layer after one epoch: how many weights lie between two edges, and how many are 0."""

    epoch: int
    counts: tuple[int, ...]
    zeros: int
    weights: int


@dataclass(frozen=True, kw_only=True)
class WeightLayer:
    """One layer at every epoch; ``edges`` are those of the bins, one more than there are bins."""

    label: str
    edges: tuple[float, ...]
    rows: tuple[WeightRow, ...]


@dataclass(frozen=True, kw_only=True)
class Weights:
    """All layers, from the inputs on."""

    layers: tuple[WeightLayer, ...]


def prepare(
    epochs: Sequence[int],
    weights: Sequence[Sequence[ArrayLike]],
    *,
    names: Sequence[str] | None = None,
    bins: int = 41,
) -> Weights:
    """Count the weights of each layer in bins that are the same at every epoch.

    Args:
        epochs: when they were looked at, 0 for the initial ones.
        weights: for each epoch, the weight matrix of each layer.
        names: of the layers; ``layer 1`` and so on by default.
        bins: how many bins there are, symmetric around 0. Exact zeros lie in none of them.

    Raises:
        DataError: if epochs and weights do not match, or some weight is not finite.

    Example
        >>> (layer,) = prepare([0, 5], [[[0.5, -1.0]], [[0.0, -1.0]]], bins=4).layers
        >>> [(row.epoch, row.counts, row.zeros) for row in layer.rows]
        [(0, (1, 0, 0, 1), 0), (5, (1, 0, 0, 0), 1)]
    """
    if not isinstance(bins, int) or bins < 2:
        raise OptionError("needed at least two bins", got=repr(bins), fix="bins=41")
    tables = [[np.asarray(layer, dtype=np.float64) for layer in layers] for layers in weights]
    _check(epochs, tables, names)
    called = names or [f"layer {number}" for number, _ in enumerate(tables[0], start=1)]
    return Weights(
        layers=tuple(
            _layer(str(name), epochs, [layers[place] for layers in tables], bins)
            for place, name in enumerate(called)
        )
    )


def _check(
    epochs: Sequence[int], tables: list[list[NDArray[Any]]], names: Sequence[str] | None
) -> None:
    many = sorted({len(layers) for layers in tables})
    if len(epochs) != len(tables) or len(many) != 1 or many == [0]:
        raise DataError(
            "needed the same layers for each epoch",
            got=f"{len(epochs)} epochs and {len(tables)} lists of {many} layers",
            fix="weights[e][l] is the matrix of layer l after epochs[e]",
        )
    if names is not None and len(names) != many[0]:
        raise DataError(
            f"needed a name for each of {many[0]} layers", got=str(len(names)), fix="leave them out"
        )
    if not all(layer.size and np.isfinite(layer).all() for layers in tables for layer in layers):
        raise DataError(
            "needed finite weights, at least one for each layer",
            got="an empty layer, or weights that are infinite or not a number",
            fix="leave out what came after a run diverged",
        )


def _layer(
    name: str, epochs: Sequence[int], matrices: Sequence[NDArray[Any]], bins: int
) -> WeightLayer:
    largest = max(float(abs(matrix).max()) for matrix in matrices) or 1.0
    edges = np.linspace(-largest, largest, bins + 1)
    return WeightLayer(
        label=name,
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


def draw(data: Weights, ax: "Axes", theme: Theme = LIGHT) -> None:
    """Draw a panel for each layer: a hill for each epoch, the first on top."""
    ax.set_axis_off()
    for layer, place in zip(data.layers, _places(data, is_narrow(ax)), strict=True):
        _draw_layer(layer, ax.inset_axes(place), theme, first=place[0] == 0)


def _draw_layer(layer: WeightLayer, ax: "Axes", theme: Theme, *, first: bool) -> None:
    style_axes(ax, theme, grid="x")
    last = len(layer.rows) - 1
    ax.set_xlim(layer.edges[0], layer.edges[-1])
    ax.set_ylim(last + 0.25, -TALL - 0.1)
    _draw_hills(layer, ax, theme)
    _write_zeros(layer, ax, theme)
    ax.set_yticks(range(last + 1), [f"{row.epoch:,}" for row in layer.rows])
    ax.locator_params(axis="x", nbins=5)
    ax.set_xlabel("weight")
    ax.set_ylabel("epoch" if first else "")
    size = format_count(layer.rows[0].weights, "weight")
    ax.set_title(
        wrap_text(f"{layer.label}, {size}", 32, 1), loc="left", size=9, family=FONT,
        color=theme.foreground, parse_math=False,
    )  # fmt: skip


def _draw_hills(layer: WeightLayer, ax: "Axes", theme: Theme) -> None:
    color = get_style(theme, 0).color
    most = max(max(row.counts) for row in layer.rows) or 1
    for place, row in enumerate(layer.rows):
        hill = place - TALL * np.array(row.counts) / most
        depth = FAINTEST + (1 - FAINTEST) * place / max(len(layer.rows) - 1, 1)
        # Each hill stands in front of the earlier ones.
        look: dict[str, Any] = {"edges": layer.edges, "zorder": 2 + place}
        filled = {**look, "baseline": place, "fill": True}
        ax.stairs(hill, **filled, color=theme.background)
        ax.stairs(hill, **filled, color=color, alpha=0.55 * depth)
        ax.stairs(hill, **look, baseline=None, color=color, alpha=depth)


def _write_zeros(layer: WeightLayer, ax: "Axes", theme: Theme) -> None:
    look: dict[str, Any] = {
        "xycoords": ax.get_yaxis_transform(),
        "textcoords": "offset points",
        "va": "bottom",
        "size": 8,
        "family": FONT,
        "annotation_clip": False,
    }
    for place, row in enumerate(layer.rows):
        color = theme.foreground if row.zeros else theme.secondary
        ax.annotate(_zeros(row), (1, place), (4, 0), **look, color=color)
    ax.annotate("zeros", (1, -1), (4, 0), **look, color=theme.secondary)


def _zeros(row: WeightRow) -> str:
    share = 100 * row.zeros / row.weights
    return "< 1 %" if 0 < share < 1 else f"{share:.0f} %"


def _places(data: Weights, narrow: bool) -> list[tuple[float, float, float, float]]:
    """Fill rows of panels from the top left, as shares of the axes."""
    columns = _columns(data, narrow)
    rows = -(-len(data.layers) // columns)
    tall = _panel(data)
    total = rows * tall + (rows - 1) * BETWEEN
    # Beyond each panel stand its zeros, beyond the last one too.
    across = 1 / (columns + APART * (columns - 1)) if columns > 1 else 1.0
    return [
        (
            (number % columns) * across * (1 + APART),
            (total - (number // columns) * (tall + BETWEEN) - tall) / total,
            across,
            tall / total,
        )
        for number in range(len(data.layers))
    ]


def _columns(data: Weights, narrow: bool) -> int:
    return 1 if narrow else min(ACROSS, len(data.layers))


def _panel(data: Weights) -> float:
    return ROW * (len(data.layers[0].rows) + TALL)


def write_alt(data: Weights) -> str:
    """Say how far the weights of each layer reach, and how many are zero, at first and at last."""
    told = "; ".join(
        f"{layer.label}: {_told(layer.rows[0], layer)}, {_told(layer.rows[-1], layer)}"
        for layer in data.layers
    )
    return f"Histograms of the weights of each layer while training goes on. {told}."


def _told(row: WeightRow, layer: WeightLayer) -> str:
    filled = [place for place, count in enumerate(row.counts) if count]
    zeros = f"{row.zeros} of {row.weights} exactly zero"
    if not filled:
        return f"after epoch {row.epoch} {zeros}"
    low, high = layer.edges[filled[0]], layer.edges[filled[-1] + 1]
    return f"after epoch {row.epoch} from {low:.2g} to {high:.2g}, {zeros}"


def write_caption(data: Weights) -> str:
    """Say what a hill is, and where the zeros are."""
    return (
        "Hills: how many of a layer's weights lie where, after each epoch, on one scale for all "
        "epochs of a layer. Weights that are exactly zero are in no hill; their share stands "
        "beside it. Biases are left out."
    )


def compute_height(data: Weights, width: float) -> float:
    """Give every epoch a row in every panel."""
    rows = -(-len(data.layers) // _columns(data, width < NARROW))
    return rows * _panel(data) + (rows - 1) * BETWEEN + 0.85


SPEC = Figure(
    name="weights",
    title="Where the weights go",
    summary="Histogram of each layer's weights at several epochs, exact zeros counted apart.",
    prepare=prepare,
    draw=draw,
    write_alt=write_alt,
    write_caption=write_caption,
    compute_height=compute_height,
)
