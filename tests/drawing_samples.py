"""Drawing a figure, and reading what is on it."""

import dataclasses
import itertools

import matplotlib.axes
import numpy as np
import pytest
from matplotlib.text import Text

from losslab.plots.catalog import COMPARISON_FIGURES, FIGURES
from losslab.plots.render import WIDE, to_figure, to_svg
from losslab.plots.theme import DARK, LIGHT

every_comparison_figure = pytest.mark.parametrize(
    "figure", COMPARISON_FIGURES.values(), ids=COMPARISON_FIGURES
)
every_theme = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)


def draw_comparison(name, findings, width=WIDE, theme=LIGHT):
    """Draw a figure of a comparison."""
    return draw_data(name, COMPARISON_FIGURES[name].prepare(findings), width, theme)


def draw_data(name, data, width=WIDE, theme=LIGHT):
    canvas = to_figure(FIGURES[name], data, theme, width)
    canvas.draw_without_rendering()
    return canvas, canvas.axes[0]


def draw_svg(figure, findings, theme=LIGHT, width=WIDE):
    return to_svg(figure, figure.prepare(findings), theme, width)


def find_texts(canvas):
    texts = [text for text in canvas.findobj(Text) if text.get_visible()]
    return [text.get_text() for text in texts if text.get_text()]


def is_plain(value):
    """Say whether data is what JSON knows, or arrays of it, in frozen dataclasses and tuples."""
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "bif"
    if dataclasses.is_dataclass(value):
        fields = [getattr(value, field.name) for field in dataclasses.fields(value)]
        return type(value).__dataclass_params__.frozen and all(map(is_plain, fields))
    if isinstance(value, tuple):
        return all(map(is_plain, value))
    return type(value) in (str, int, float, bool, type(None))


def check_legible(canvas):
    """Check that nothing lies outside the picture, and no text on another one."""
    inches = canvas.get_tightbbox()
    assert inches.x0 >= -0.01
    assert inches.y0 >= -0.01
    assert inches.x1 <= canvas.get_figwidth() + 0.01
    assert inches.y1 <= canvas.get_figheight() + 0.01
    boxes = [
        (text.get_text(), text.get_window_extent())
        for text in visible_texts(canvas)
        if text.get_text().strip()
    ]
    assert boxes
    for (one, box), (other, another) in itertools.combinations(boxes, 2):
        across = min(box.x1, another.x1) - max(box.x0, another.x0)
        down = min(box.y1, another.y1) - max(box.y0, another.y0)
        assert min(across, down) < 2, f"{one!r} lies on {other!r}"


def visible_texts(canvas):
    """Give the texts on a canvas, but not the tick labels that lie outside their axis."""
    hidden = set()
    for ax in canvas.findobj(matplotlib.axes.Axes):
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if not (low <= tick.get_loc() <= high) or not ax.axison:
                    hidden |= {tick.label1, tick.label2}
            if not ax.axison:
                hidden |= {axis.label}
            hidden |= {axis.offsetText} if not axis.offsetText.get_text() else set()
    return [
        text for text in canvas.findobj(Text) if text.get_visible() and text not in hidden
    ]  # fmt: skip
