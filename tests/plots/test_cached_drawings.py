"""Drawings that are kept from one report to the next."""

import dataclasses

import pytest

from example_findings import EXAMPLES
from losslab.plots import render
from losslab.plots.catalog import COMPARISON_FIGURES
from losslab.plots.render import SLIM, WIDE, draw_cached_svg, to_svg
from losslab.report.compare.html import render_report

FIGURE = COMPARISON_FIGURES["intervals"]


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """A fresh folder, and the widths of what is drawn rather than found there."""
    monkeypatch.setenv("LOSSLAB_CACHE", str(tmp_path / "cache"))
    widths = []

    def draw(figure, data, theme, width):
        widths.append(width)
        return to_svg(figure, data, theme, width)

    monkeypatch.setattr(render, "to_svg", draw)
    return widths


@pytest.fixture
def data():
    return FIGURE.prepare(EXAMPLES["binary"]())


def test_the_same_data_is_drawn_once_for_each_width(drawn, data):
    first = [draw_cached_svg(FIGURE, data, width) for width in (WIDE, SLIM, WIDE)]
    again = [
        draw_cached_svg(FIGURE, dataclasses.replace(data), width) for width in (WIDE, SLIM, WIDE)
    ]
    assert drawn == [WIDE, SLIM]
    assert first == again
    assert first[0] == to_svg(FIGURE, data, width=WIDE)


def test_other_data_is_drawn_anew(drawn, data):
    draw_cached_svg(FIGURE, data, SLIM)
    low, high = data.scale.view
    scale = dataclasses.replace(data.scale, view=(low, high + 0.01))
    other = draw_cached_svg(FIGURE, dataclasses.replace(data, scale=scale), SLIM)
    assert len(drawn) == 2
    assert other != draw_cached_svg(FIGURE, data, SLIM)


def test_other_code_that_draws_draws_anew(drawn, data, monkeypatch):
    draw_cached_svg(FIGURE, data, SLIM)
    monkeypatch.setattr(render, "_hash_drawing_code", lambda: "another")
    draw_cached_svg(FIGURE, data, SLIM)
    assert len(drawn) == 2


@pytest.mark.parametrize("damage", [b"", b"x", b"\xff\xfe", b"cut"])
def test_what_is_damaged_is_drawn_again(drawn, data, damage, tmp_path):
    first = draw_cached_svg(FIGURE, data, SLIM)
    (path,) = (tmp_path / "cache" / "drawings").iterdir()
    path.write_bytes(path.read_bytes()[:-9] if damage == b"cut" else damage)
    assert draw_cached_svg(FIGURE, data, SLIM) == first
    assert draw_cached_svg(FIGURE, data, SLIM) == first
    assert len(drawn) == 2


def test_where_nothing_can_be_kept_everything_is_drawn(drawn, data, tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert draw_cached_svg(FIGURE, data, SLIM) == draw_cached_svg(FIGURE, data, SLIM)
    assert len(drawn) == 2


def test_only_the_latest_are_kept(drawn, data, tmp_path, monkeypatch):
    monkeypatch.setattr(render, "MAX_CACHED", 2)
    for width in (3.0, 3.5, 4.0):
        draw_cached_svg(FIGURE, data, width)
    assert len(list((tmp_path / "cache" / "drawings").iterdir())) == 2
    draw_cached_svg(FIGURE, data, 4.0)
    assert drawn == [3.0, 3.5, 4.0]


def test_a_report_made_again_draws_nothing_and_is_the_same(drawn):
    first = render_report(EXAMPLES["binary"]())
    there = len(drawn)
    assert there == 2 * len(COMPARISON_FIGURES)
    assert render_report(EXAMPLES["binary"]()) == first
    assert len(drawn) == there
