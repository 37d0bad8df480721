"""A network as a diagram: layers, widths, activations, head, and the parameters between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from losslab.core.errors import OptionError
from losslab.core.numbers import is_number
from losslab.objectives.catalog import HEADS
from losslab.plots.spec import Figure
from losslab.plots.theme import FONT, LIGHT, NARROW, Theme, get_style, is_narrow, wrap_text
from losslab.training.catalog import ACTIVATIONS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST, ENDS = 8, 3  # units drawn of a layer; of a wider one, so many at each end
ROW = 0.3  # inches
WIDE_ROOM, SLIM_ROOM = 7.6, 3.6  # inches for the layers and the names beside them
LETTER = 0.62  # of a text's size, how wide a letter is
NAMES, SLIM_NAMES = 22, 12  # letters in a line


@dataclass(frozen=True, kw_only=True)
class NetworkLayer:
    """A column of units; ``words`` say what it is or what is applied there.

    ``names`` are those of its units, where they are known and all of them are drawn.
    """

    width: int
    words: str
    names: tuple[str, ...]

    @property
    def drawn(self) -> tuple[float, ...]:
        """Where units are drawn, from -1 at the bottom to 1 at the top for the tallest layer."""
        top = (MOST - 1) / 2
        if self.width <= MOST:
            return tuple(((self.width - 1) / 2 - unit) / top for unit in range(self.width))
        ends = [(top - unit) / top for unit in range(ENDS)]
        return (*ends, *(-place for place in reversed(ends)))


@dataclass(frozen=True, kw_only=True)
class Network:
    """The layers from the inputs on, and how many parameters join each with the next."""

    layers: tuple[NetworkLayer, ...]
    parameters: tuple[int, ...]


def prepare(  # noqa: PLR0913  (a network's settings are its interface)
    n_features: int,
    hidden: Sequence[int],
    n_outputs: int,
    activation: str = "relu",
    head: str = "identity",
    *,
    features: Sequence[str] = (),
    outputs: Sequence[str] = (),
) -> Network:
    """Lay out a multilayer perceptron and count its weights and biases.

    Args:
        n_features: the number of inputs.
        hidden: the widths of the hidden layers; empty for a linear model.
        n_outputs: the width of the last layer.
        activation: the function after each hidden layer.
        head: the function after the last layer.
        features: names of the inputs.
        outputs: names of the outputs.

    Example
        >>> prepare(4, (64, 64), 3, head="softmax").parameters
        (320, 4160, 195)
    """
    widths = (n_features, *hidden, n_outputs)
    if not all(is_number(width) and width == int(width) and width >= 1 for width in widths):
        raise OptionError(
            "needed widths of layers, whole numbers of at least 1",
            got=", ".join(map(repr, widths)),
            fix="prepare(4, (64, 64), 3)",
        )
    for what, names, width in (("features", features, n_features), ("outputs", outputs, n_outputs)):
        if names and len(names) != width:
            raise OptionError(
                f"needed a name for each of {width} {what}",
                got=str(len(names)),
                fix=f"leave {what} out",
            )
    between, last = ACTIVATIONS[activation].name, HEADS[head].name
    words = ["inputs", *([between] * len(hidden)), last]
    named = [features, *([()] * len(hidden)), outputs]
    return Network(
        layers=tuple(
            NetworkLayer(
                width=int(width),
                words=what,
                names=tuple(map(str, names)) if width <= MOST else (),
            )
            for width, what, names in zip(widths, words, named, strict=True)
        ),
        parameters=tuple(int((inputs + 1) * units) for inputs, units in pairwise(widths)),
    )


def draw(data: Network, ax: "Axes", theme: Theme = LIGHT) -> None:
    """Draw a column of circles for each layer, joined to the next."""
    from matplotlib.collections import LineCollection

    ax.set_axis_off()
    narrow = is_narrow(ax)
    tallest = max(max(layer.drawn) for layer in data.layers)
    ax.set_xlim(-0.3, len(data.layers) - 0.7)
    ax.set_ylim(-tallest - 0.2, tallest + 0.2)
    lines = [
        [(place, low), (place + 1, high)]
        for place, (layer, following) in enumerate(pairwise(data.layers))
        for low in layer.drawn
        for high in following.drawn
    ]
    ax.add_collection(LineCollection(lines, colors=theme.muted, linewidths=0.4, alpha=0.55))
    for place, layer in enumerate(data.layers):
        _draw_units(place, layer, len(data.layers), ax, theme)
    for place, layer in ((0, data.layers[0]), (len(data.layers) - 1, data.layers[-1])):
        _name_units(place, layer, ax, theme)
    _write_sizes(data, ax, theme, narrow)


def _draw_units(place: int, layer: NetworkLayer, layers: int, ax: "Axes", theme: Theme) -> None:
    # The first and the last layer look alike wherever the colours of series are.
    look = get_style(theme, 0) if 0 < place < layers - 1 else get_style(theme, 1)
    ax.plot(
        [place] * len(layer.drawn), layer.drawn, "o", markersize=10,
        markerfacecolor=theme.background if place == 0 else look.color,
        markeredgecolor=look.color, markeredgewidth=1.6,
    )  # fmt: skip
    if layer.width > MOST:
        ax.plot(
            [place] * 3, [-0.12, 0, 0.12], "o", markersize=2.2, color=theme.secondary,
            gid="more units than are drawn",
        )  # fmt: skip


def _name_units(place: int, layer: NetworkLayer, ax: "Axes", theme: Theme) -> None:
    narrow = is_narrow(ax)
    letters, lines, size = (SLIM_NAMES, 2, 7) if narrow else (NAMES, 1, 8)
    left = place == 0
    for at, name in zip(layer.drawn, layer.names, strict=False):
        ax.annotate(
            wrap_text(name, letters, lines), (place, at), (-11 if left else 11, 0),
            textcoords="offset points", ha="right" if left else "left", va="center", size=size,
            linespacing=1, color=theme.foreground, family=FONT, parse_math=False,
            annotation_clip=False,
        )  # fmt: skip


def _write_sizes(data: Network, ax: "Axes", theme: Theme, narrow: bool) -> None:
    """Write widths and functions below the layers, and parameters above what joins them."""
    texts = [f"{layer.width:,}" for layer in data.layers]
    words = [layer.words for layer in data.layers]
    counts = [f"{count:,}" for count in data.parameters]
    column = _column(data, narrow)
    small, upright = _fitting(words, column)
    look: dict[str, Any] = {
        "xycoords": ax.get_xaxis_transform(),
        "textcoords": "offset points",
        "ha": "center",
        "va": "top",
        "family": FONT,
        "annotation_clip": False,
    }
    quiet = {**look, "color": theme.secondary}
    turned = {**quiet, "size": small, "rotation": 90 if upright else 0}
    for place, (text, word) in enumerate(zip(texts, words, strict=True)):
        size = min(10.0, _size(text, column))
        ax.annotate(
            text, (place, 0), (0, -4), **look, size=size, weight="bold", color=theme.foreground
        )
        ax.annotate(word, (place, 0), (0, -19), **turned)
    above = {**quiet, "va": "bottom"}
    for place, text in enumerate(counts):
        ax.annotate(text, (place + 0.5, 1), (0, 4), **above, size=min(8.0, _size(text, column)))


def _column(data: Network, narrow: bool) -> float:
    """Give the inches from one layer to the next."""
    room = SLIM_ROOM if narrow else WIDE_ROOM
    letters = SLIM_NAMES if narrow else NAMES
    for layer in (data.layers[0], data.layers[-1]):
        longest = max((min(len(name), letters) for name in layer.names), default=0)
        room -= longest * LETTER * 8 / 72
    return room / (len(data.layers) - 0.4)


def _size(text: str, column: float) -> float:
    return 72 * 0.9 * column / (LETTER * max(len(text), 1))


def _fitting(words: Sequence[str], column: float) -> tuple[float, bool]:
    size = min(9.0, *(_size(word, column) for word in words))
    return (size, False) if size >= 6 else (7.0, True)


def write_alt(data: Network) -> str:
    """Say the width and function of each layer, and how many parameters there are."""
    told = ", then ".join(
        f"{layer.width} {layer.words}" if place == 0 else f"{layer.width} with {layer.words}"
        for place, layer in enumerate(data.layers)
    )
    return f"Network of fully joined layers: {told}. {sum(data.parameters):,} parameters."


def write_caption(data: Network) -> str:
    """Say what circles and numbers mean."""
    parts = [
        "Circles: units, each joined to all of the layer before it. Below: how many there are, and "
        "the function that is applied to them. Above: the weights and biases between two layers, "
        f"{sum(data.parameters):,} in all.",
        "Dots: more units than are drawn."
        if any(layer.width > MOST for layer in data.layers)
        else "",
    ]
    return " ".join(part for part in parts if part)


def compute_height(data: Network, width: float) -> float:
    """Give every unit of the tallest layer a row, and room for what is written."""
    narrow = width < NARROW
    units = [min(layer.width, MOST) for layer in data.layers]
    words = [layer.words for layer in data.layers]
    small, upright = _fitting(words, _column(data, narrow))
    below = max(map(len, words)) * LETTER * small / 72 if upright else 0.15
    return max(3, *units) * ROW + 0.9 + below


SPEC = Figure(
    name="network",
    title="What the network looks like",
    summary="Layers with their widths, activations and head, and the parameters between them.",
    prepare=prepare,
    draw=draw,
    write_alt=write_alt,
    write_caption=write_caption,
    compute_height=compute_height,
)
