"""Drawing a figure, and reading what is on it."""

import pytest
from matplotlib.text import Text

from losslab.plots.catalog import FIGURES
from losslab.plots.render import WIDE, to_figure
from losslab.plots.theme import DARK, LIGHT

every_figure = pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)


every_theme = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)


def drawn(name, findings, width=WIDE, theme=LIGHT):
    canvas = to_figure(FIGURES[name], findings, theme, width)
    canvas.draw_without_rendering()
    return canvas, canvas.axes[0]


def words_on(canvas):
    texts = [text for text in canvas.findobj(Text) if text.get_visible()]
    return [text.get_text() for text in texts if text.get_text()]
