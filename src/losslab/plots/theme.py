"""Colours, markers, line styles and text fitting: light and dark, safe for colour-blind readers."""

import textwrap
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes


Dash = Literal["-"] | tuple[float, tuple[float, ...]]

# matplotlib brings this font along, so that pictures are the same on every machine.
FONT = "DejaVu Sans"
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p", "<", ">", "h", "d", "*", "8", "H")
DASHES: tuple[Dash, ...] = ("-", (0, (5, 1.5)), (0, (1.5, 1.5)), (0, (6, 1.5, 1.5, 1.5)))
# Below this width in inches, labels stand above what they name instead of beside it.
NARROW = 6.0


@dataclass(frozen=True, kw_only=True)
class Theme:
    """The colours of a picture, as hexadecimal RGB.

    ``series`` colours the candidates; any two of them stay apart for readers with protanopia,
    deuteranopia or tritanopia, and each from the paper and from ``muted``, the references. Later
    candidates start over with another marker and another dash.
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
        """All colours, each of another one's role."""
        quiet = (self.background, self.foreground, self.secondary, self.grid, self.muted, self.rope)
        return (*quiet, *self.series)


@dataclass(frozen=True, kw_only=True)
class Style:
    """How one candidate looks in every picture; colour is never the only difference.

    ``crossed`` marks are hollow with a cross in them, for what is wrong on purpose.
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
    """Give the look of candidate number ``index``, counted from 0 in ranking order.

    >>> get_style(LIGHT, 0).color != get_style(LIGHT, 1).color
    True
    """
    again, place = divmod(index, len(theme.series))
    color = theme.series[place]
    return Style(
        color=color,
        fill=theme.background if wrong else color,
        marker=MARKERS[index % len(MARKERS)],
        dash=DASHES[again % len(DASHES)],
        crossed=wrong,
    )


def style_axes(ax: "Axes", theme: Theme, grid: Literal["x", "y", "both"]) -> None:
    """Give axes the theme's look: no box, a quiet grid along ``grid`` (x, y or both)."""
    ax.set_facecolor(theme.background)
    for side, spine in ax.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(theme.grid)
    ax.set_axisbelow(True)
    ax.grid(visible=True, axis=grid, which="major", color=theme.grid, linewidth=0.8)
    ax.tick_params(
        which="both", length=0, labelsize=9, labelcolor=theme.secondary, labelfontfamily=FONT, pad=5
    )
    ax.xaxis.label.set(color=theme.secondary, size=9, family=FONT)
    ax.yaxis.label.set(color=theme.secondary, size=9, family=FONT)


def is_narrow(ax: "Axes") -> bool:
    """Say whether the figure is too narrow for labels beside what they name."""
    figure = ax.get_figure(root=True)
    return figure is not None and bool(figure.get_figwidth() < NARROW)


def replace_unprintable(text: str) -> str:
    """Replace what the font lacks or what is no visible character by a replacement mark.

    >>> replace_unprintable("loss\\x1b[31m")
    'loss�[31m'
    """
    known = _list_glyphs()
    return "".join(
        letter if letter.isprintable() and ord(letter) in known else "\ufffd" for letter in text
    )


def wrap_text(text: str, width: int, lines: int = 2) -> str:
    """Fold text into at most ``lines`` lines of ``width`` letters, cut with an ellipsis.

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
