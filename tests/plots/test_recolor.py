"""A drawing in other colours is what drawing again in that theme gives."""

import re

import pytest
from matplotlib.layout_engine import ConstrainedLayoutEngine

from drawing_samples import draw_svg, every_comparison_figure
from example_findings import EXAMPLES
from losslab.plots.render import SLIM, WIDE, recolor_svg
from losslab.plots.theme import DARK, LIGHT


def lines_of(drawing):
    """Names of clip paths and marks are hashes of how they look, and stand in their order."""
    return sorted(re.sub(r'(id="|#)[a-z]*[0-9a-f]{8,}|url\(#[^)]*\)', "", drawing).splitlines())


@every_comparison_figure
@pytest.mark.parametrize("width", [WIDE, SLIM])
@pytest.mark.parametrize("findings", EXAMPLES.values(), ids=list(EXAMPLES))
def test_a_recoloured_drawing_equals_one_drawn_in_the_dark(figure, width, findings, monkeypatch):
    if findings is not EXAMPLES["binary"]:
        # Finding the place of everything takes half the time, and no colour has a say in it.
        monkeypatch.setattr(ConstrainedLayoutEngine, "execute", lambda engine, canvas: None)
    found = findings()
    light, dark = (draw_svg(figure, found, theme, width) for theme in (LIGHT, DARK))
    assert lines_of(recolor_svg(light, DARK)) == lines_of(dark)


def test_no_colour_plays_two_roles():
    assert len(set(LIGHT.colors)) == len(LIGHT.colors) == len(DARK.colors)
