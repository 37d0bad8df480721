"""A network as a diagram: layers, widths, activations, head, and the parameters between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from losslab.core.errors import OptionError
from losslab.core.numbers import is_number
from losslab.objectives.catalog import HEADS
from losslab.plots.spec import Figure
from losslab.plots.theme import FONT, LIGHT, NARROW, Axes, Theme, get_style, is_narrow, wrap_text
from losslab.plots.wording import join_sentences
from losslab.training.catalog import ACTIVATIONS

MAX_UNITS, ENDS = 8, 3  # drawn per layer; of a wider one, so many at each end
ROW = 0.3  # inches
WIDTH, SLIM_WIDTH = 7.6, 3.6  # inches for the layers and the names beside them
LETTER = 0.62  # the width of a character by the size of the text
NAME, SLIM_NAME = 22, 12  # characters in a line


@dataclass(frozen=True, kw_only=True)
class NetworkLayer:
    """A column of units.

    Attributes:
        width: the number of units.
        function: what is applied to them; "inputs" for the first layer.
        names: of the units, if they are known and all of them are drawn.
    """

    width: int
    function: str
    names: tuple[str, ...]

    @property
    def heights(self) -> tuple[float, ...]:
        """Where units are drawn, from -1 at the bottom to 1 at the top for the tallest layer."""
        top = (MAX_UNITS - 1) / 2
        if self.width <= MAX_UNITS:
            return tuple(((self.width - 1) / 2 - unit) / top for unit in range(self.width))
        ends = [(top - unit) / top for unit in range(ENDS)]
        return (*ends, *(-place for place in reversed(ends)))


@dataclass(frozen=True, kw_only=True)
class Network:
    """The layers from the inputs on, and the number of parameters between each and the next."""

    layers: tuple[NetworkLayer, ...]
    parameters: tuple[int, ...]

    def fit_text(self, narrow: bool) -> "TextFit":
        """Fit text below and between the layers into a figure."""
        room = SLIM_WIDTH if narrow else WIDTH
        letters = SLIM_NAME if narrow else NAME
        for layer in (self.layers[0], self.layers[-1]):
            longest = max((min(len(name), letters) for name in layer.names), default=0)
            room -= longest * LETTER * 8 / 72
        column = room / (len(self.layers) - 0.4)
        size = min(9.0, *(_fit_size(layer.function, column) for layer in self.layers))
        return TextFit(column=column, function_size=size if size >= 6 else 7.0, upright=size < 6)


@dataclass(frozen=True, kw_only=True)
class TextFit:
    """How text fits below the layers.

    Attributes:
        column: inches from one layer to the next.
        function_size: points of the functions' names.
        upright: whether these are rotated.
    """

    column: float
    function_size: float
    upright: bool


def _fit_size(text: str, column: float) -> float:
    return 72 * 0.9 * column / (LETTER * max(len(text), 1))


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

    Examples:
        >>> prepare(4, (64, 64), 3, head="softmax").parameters
        (320, 4160, 195)
    """
    widths = (n_features, *hidden, n_outputs)
    if not all(is_number(width) and width == int(width) and width >= 1 for width in widths):
        raise OptionError(
            "needed widths of layers, integers of at least 1",
            got=", ".join(map(repr, widths)),
            fix="prepare(4, (64, 64), 3)",
        )
    for option, names, width in (
        ("features", features, n_features),
        ("outputs", outputs, n_outputs),
    ):
        if names and len(names) != width:
            raise OptionError(
                f"needed a name for each of {width} {option}",
                got=str(len(names)),
                fix=f"leave {option} out",
            )
    functions = ["inputs", *([ACTIVATIONS[activation].name] * len(hidden)), HEADS[head].name]
    unit_names = [features, *([()] * len(hidden)), outputs]
    return Network(
        layers=tuple(
            NetworkLayer(
                width=int(width),
                function=function,
                names=tuple(map(str, names)) if width <= MAX_UNITS else (),
            )
            for width, function, names in zip(widths, functions, unit_names, strict=True)
        ),
        parameters=tuple(int((inputs + 1) * units) for inputs, units in pairwise(widths)),
    )


def draw(data: Network, ax: Axes, theme: Theme = LIGHT) -> None:
    """Draw a column of circles for each layer, connected to the next."""
    from matplotlib.collections import LineCollection

    ax.set_axis_off()
    tallest = max(max(layer.heights) for layer in data.layers)
    ax.set_xlim(-0.3, len(data.layers) - 0.7)
    ax.set_ylim(-tallest - 0.2, tallest + 0.2)
    lines = [
        [(place, low), (place + 1, high)]
        for place, (layer, following) in enumerate(pairwise(data.layers))
        for low in layer.heights
        for high in following.heights
    ]
    ax.add_collection(LineCollection(lines, colors=theme.muted, linewidths=0.4, alpha=0.55))
    for place, layer in enumerate(data.layers):
        _draw_units(place, layer, len(data.layers), ax, theme)
    for place, layer in ((0, data.layers[0]), (len(data.layers) - 1, data.layers[-1])):
        _name_units(place, layer, ax, theme)
    _write_sizes(data, ax, theme)


def _draw_units(place: int, layer: NetworkLayer, layers: int, ax: Axes, theme: Theme) -> None:
    color = get_style(theme, 0 if 0 < place < layers - 1 else 1).color
    ax.plot(
        [place] * len(layer.heights), layer.heights, "o", markersize=10,
        markerfacecolor=theme.background if place == 0 else color,
        markeredgecolor=color, markeredgewidth=1.6,
    )  # fmt: skip
    if layer.width > MAX_UNITS:
        ax.plot(
            [place] * 3, [-0.12, 0, 0.12], "o", markersize=2.2, color=theme.secondary,
            gid="more units than are drawn",
        )  # fmt: skip


def _name_units(place: int, layer: NetworkLayer, ax: Axes, theme: Theme) -> None:
    narrow = is_narrow(ax)
    letters, lines, size = (SLIM_NAME, 2, 7) if narrow else (NAME, 1, 8)
    left = place == 0
    for at, name in zip(layer.heights, layer.names, strict=False):
        ax.annotate(
            wrap_text(name, letters, lines), (place, at), (-11 if left else 11, 0),
            textcoords="offset points", ha="right" if left else "left", va="center", size=size,
            linespacing=1, color=theme.foreground, family=FONT, parse_math=False,
            annotation_clip=False,
        )  # fmt: skip


def _write_sizes(data: Network, ax: Axes, theme: Theme) -> None:
    """Write widths and functions below the layers, and parameters above the connections."""
    fit = data.fit_text(is_narrow(ax))
    settings: dict[str, Any] = {
        "xycoords": ax.get_xaxis_transform(),
        "textcoords": "offset points",
        "ha": "center",
        "family": FONT,
        "annotation_clip": False,
    }
    quiet = {**settings, "color": theme.secondary}
    for place, layer in enumerate(data.layers):
        text = f"{layer.width:,}"
        ax.annotate(
            text, (place, 0), (0, -4), **settings, va="top", weight="bold",
            color=theme.foreground, size=min(10.0, _fit_size(text, fit.column)),
        )  # fmt: skip
        ax.annotate(
            layer.function, (place, 0), (0, -19), **quiet, va="top", size=fit.function_size,
            rotation=90 if fit.upright else 0,
        )  # fmt: skip
    for place, count in enumerate(data.parameters):
        text = f"{count:,}"
        size = min(8.0, _fit_size(text, fit.column))
        ax.annotate(text, (place + 0.5, 1), (0, 4), **quiet, va="bottom", size=size)


def write_alt(data: Network) -> str:
    """Describe width and function of each layer, and the number of parameters."""
    layers = ", then ".join(
        f"{layer.width} {'with ' if place else ''}{layer.function}"
        for place, layer in enumerate(data.layers)
    )
    return f"Fully connected network: {layers}. {sum(data.parameters):,} parameters."


def write_caption(data: Network) -> str:
    """Explain circles and numbers."""
    return join_sentences(
        "Circles: units, each connected to all of the layer before it. Below: their number, and "
        "the function applied to them. Above: weights and biases between two layers, "
        f"{sum(data.parameters):,} in all.",
        "Dots: more units than are drawn."
        if any(layer.width > MAX_UNITS for layer in data.layers)
        else "",
    )


def compute_height(data: Network, width: float) -> float:
    """Add a row for every unit of the tallest layer, and the text."""
    fit = data.fit_text(width < NARROW)
    units = [min(layer.width, MAX_UNITS) for layer in data.layers]
    longest = max(len(layer.function) for layer in data.layers)
    below = longest * LETTER * fit.function_size / 72 if fit.upright else 0.15
    return max(3, *units) * ROW + 0.9 + below


SPEC = Figure(
    name="network",
    title="Network diagram",
    summary="Layers with their widths, activations and head, and the parameters between them.",
    prepare=prepare,
    draw=draw,
    write_alt=write_alt,
    write_caption=write_caption,
    compute_height=compute_height,
)
