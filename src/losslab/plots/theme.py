"""Colors, markers, line styles and text fitting: light and dark, safe for color-blind readers."""

import textwrap
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes as Axes
else:
    Axes = "matplotlib.axes.Axes"  # which is imported only to draw


Dash = Literal["-"] | tuple[float, tuple[float, ...]]

# Ships with matplotlib, so figures look the same on every machine.
FONT = "DejaVu Sans"
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p", "<", ">", "h", "d", "*", "8", "H")
DASHES: tuple[Dash, ...] = ("-", (0, (5, 1.5)), (0, (1.5, 1.5)), (0, (6, 1.5, 1.5, 1.5)))
# Inches. In a narrower figure, labels go above what they name instead of beside it.
NARROW = 6.0


@dataclass(frozen=True, kw_only=True)
class Theme:
    """The colors of a figure, as hexadecimal RGB.

    Attributes:
        name: light or dark.
        background: behind everything.
        foreground: text that matters.
        secondary: labels and other quiet text.
        grid: grid lines.
        muted: references and auxiliary lines.
        rope: the region of practical equivalence.
        series: one color per candidate. Readers with protanopia, deuteranopia or tritanopia can
            tell any two of them apart, and each from ``background`` and ``muted``. Later
            candidates reuse the colors with another marker and another dash.
    """

    name: str
    background: str
    foreground: str
    secondary: str
    grid: str
    muted: str
    rope: str
    series: tuple[str, ...]

    @property
    def colors(self) -> tuple[str, ...]:
        """All colors; a role has the same index in every theme."""
        roles = (self.background, self.foreground, self.secondary, self.grid, self.muted, self.rope)
        return (*roles, *self.series)


@dataclass(frozen=True, kw_only=True)
class Style:
    """How a candidate looks in every figure; never distinguished by color alone.

    Attributes:
        color: of its line, and of its marker's edge.
        marker: a matplotlib marker.
        dash: a matplotlib line style.
        fill: the color inside its marker.
        crossed: whether its markers are crossed, because it is wrong on purpose.
    """

    color: str
    marker: str
    dash: Dash
    fill: str
    crossed: bool = False


LIGHT = Theme(
    name="light",
    background="#ffffff",
    foreground="#1b1f24",
    secondary="#57606a",
    grid="#e3e6ea",
    muted="#8a929b",
    rope="#e6e9f7",
    series=(
        *("#252d83", "#ab7e00", "#0a93e8", "#ed5b90", "#1d665a", "#8851aa"),
        *("#6b1b15", "#d8756c", "#1b63d8", "#6c6c36", "#a21b00", "#48365a"),
    ),
)
DARK = Theme(
    name="dark",
    background="#15181c",
    foreground="#e8eaed",
    secondary="#a4acb5",
    grid="#2c3138",
    muted="#7d8691",
    rope="#1f3136",
    series=(
        *("#56f5fe", "#bd5c35", "#f0dd5d", "#d9a3bd", "#58bd40", "#9b63e4"),
        *("#cf0063", "#99eabd", "#99abfc", "#006ca2", "#b4b47e", "#bdea87"),
    ),
)


def get_style(theme: Theme, index: int, *, wrong: bool = False) -> Style:
    """Return the style of candidate number ``index``, counted from 0 in ranking order.

    Examples:
        >>> get_style(LIGHT, 0).color != get_style(LIGHT, 1).color
        True
    """
    cycle, place = divmod(index, len(theme.series))
    color = theme.series[place]
    return Style(
        color=color,
        fill=theme.background if wrong else color,
        marker=MARKERS[index % len(MARKERS)],
        dash=DASHES[cycle % len(DASHES)],
        crossed=wrong,
    )


def style_axes(ax: Axes, theme: Theme, grid: Literal["x", "y", "both"]) -> None:
    """Apply the theme: no box, a quiet grid along ``grid``, labels never read as mathematics."""
    ax.set_facecolor(theme.background)
    for side, spine in ax.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(theme.grid)
    ax.set_axisbelow(True)
    ax.grid(visible=True, axis=grid, which="major", color=theme.grid, linewidth=0.8)
    ax.tick_params(
        which="both", length=0, labelsize=9, labelcolor=theme.secondary, labelfontfamily=FONT, pad=5
    )
    for label in (ax.xaxis.label, ax.yaxis.label):
        label.set(color=theme.secondary, size=9, family=FONT, parse_math=False)


def get_figure_width(ax: Axes) -> float:
    """Return the width in inches of the figure that axes belong to."""
    figure = ax.get_figure(root=True)
    assert figure is not None, "axes belong to a figure"
    return float(figure.get_figwidth())


def is_narrow(ax: Axes) -> bool:
    """Whether the figure is too narrow for labels beside what they name."""
    return get_figure_width(ax) < NARROW


def replace_unprintable(text: str) -> str:
    """Replace characters that are invisible or missing from the font by a replacement mark.

    Examples:
        >>> replace_unprintable("loss\\x1b[31m")
        'loss�[31m'
    """
    known = _list_glyphs()
    return "".join(
        letter if letter.isprintable() and ord(letter) in known else "\ufffd" for letter in text
    )


def wrap_text(text: str, width: int, lines: int = 2) -> str:
    """Wrap text into at most ``lines`` lines of ``width`` characters, cut with an ellipsis.

    Examples:
        >>> wrap_text("mse, sgd, hidden 64-64-64-64, batch 128", 16)
        'mse, sgd, hidden\\n64-64-64-64, ba…'
    """
    parts = textwrap.wrap(replace_unprintable(text), width, break_on_hyphens=False) or [""]
    if len(parts) <= lines:
        return "\n".join(parts)
    rest = " ".join(parts[lines - 1 :])
    return "\n".join([*parts[: lines - 1], f"{rest[: width - 1].rstrip()}…"])


@cache
def _list_glyphs() -> frozenset[int]:
    from matplotlib.font_manager import findfont
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(findfont(FONT)).get_charmap())
