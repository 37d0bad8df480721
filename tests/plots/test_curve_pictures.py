"""Pictures of curves in text."""

import io
import re

import numpy as np
import pytest
from rich.console import Console

from losslab.losses.catalog import LOSSES
from losslab.losses.curve import Curve, compute_curves
from losslab.report.losses.canvas import ASCII, BRAILLE, Canvas, place_labels
from losslab.report.losses.curves import CurvePicture

X = np.linspace(-3.0, 3.0, 121)


def curve(name: str, value: np.ndarray) -> Curve:
    gradient = np.gradient(value, X)
    return Curve(loss=name, axis="error", span=(-3.0, 3.0), x=X, value=value, gradient=gradient)


def drawn(*shown: Curve, width: int = 80, ascii_only: bool = False, colour: bool = False) -> str:
    file = io.StringIO()
    system = "standard" if colour else None
    console = Console(file=file, width=width, force_terminal=colour, color_system=system)
    console.print(CurvePicture(curves=shown, ascii_only=ascii_only))
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())


@pytest.mark.parametrize("glyphs", [BRAILLE, ASCII], ids=["braille", "ascii"])
def test_a_line_has_dots_in_every_column_and_no_gaps(glyphs):
    canvas = Canvas(x=(-1.0, 1.0), y=(-1.0, 1.0), width=20, height=6, glyphs=glyphs)
    x = np.linspace(-1.0, 1.0, 201)
    dots = canvas.rasterize(x, np.tanh(9 * x))
    assert dots.any(0).all()
    for before, now in zip(dots.T, dots.T[1:], strict=False):
        up, down = np.flatnonzero(before), np.flatnonzero(now)
        assert min(abs(up[:, None] - down).ravel()) <= 1


def test_dots_fall_where_the_numbers_are():
    canvas = Canvas(x=(0.0, 1.0), y=(0.0, 1.0), width=4, height=2, glyphs=BRAILLE)
    ends = np.array([0.0, 1.0])
    dots = canvas.rasterize(ends, ends)
    assert dots[-1, 0]
    assert dots[0, -1]
    np.testing.assert_array_equal(dots, dots[::-1, ::-1])


def test_values_outside_the_canvas_and_nan_are_not_drawn():
    canvas = Canvas(x=(-3.0, 3.0), y=(0.0, 1.0), width=30, height=5, glyphs=BRAILLE)
    high = canvas.rasterize(X, X**2)
    assert not high[:, :15].any()
    assert high[:, 30].any()
    assert not canvas.rasterize(X, np.full_like(X, np.nan)).any()
    assert not canvas.rasterize(X, np.full_like(X, np.inf)).any()


def test_empty_characters_are_spaces():
    nothing = np.zeros((8, 6), dtype=bool)
    canvas = Canvas(x=(0.0, 1.0), y=(0.0, 1.0), width=3, height=2, glyphs=BRAILLE)
    assert canvas.render(nothing) == ["   ", "   "]
    assert not canvas.find_cells(nothing).any()


def test_a_name_stands_beside_its_own_curve_and_on_no_other():
    low, high = np.zeros((8, 20), dtype=bool), np.zeros((8, 20), dtype=bool)
    low[7], high[1] = True, True
    below, above = place_labels(["low", "high"], [low, high], np.zeros_like(low))
    assert below.row == 6
    assert above.row in (0, 2)
    assert (below.text, above.text) == ("low", "high")


def test_a_letter_stands_for_a_name_without_a_free_place():
    full = np.ones((3, 10), dtype=bool)
    own, rest = full.copy(), full.copy()
    rest[1, 4] = False
    hidden, shown = place_labels(["hidden", "shown"], [rest, own], np.zeros_like(full))
    assert hidden is None
    assert (shown.text, shown.row, shown.column) == ("B", 1, 4)


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("width", [30, 63, 64, 80, 100, 160])
def test_a_picture_fits_its_width(width, ascii_only):
    text = drawn(*compute_curves(LOSSES["cosine_embedding"]), width=width, ascii_only=ascii_only)
    assert max(map(len, text.splitlines())) <= width
    assert text.isascii() == ascii_only
    assert "value" in text
    assert "gradient" in text


def test_value_and_gradient_stand_side_by_side_where_there_is_room():
    wide, narrow = (drawn(curve("mse", X**2), width=width) for width in (80, 50))
    assert any("value" in line and "gradient" in line for line in wide.splitlines())
    assert not any("value" in line and "gradient" in line for line in narrow.splitlines())


def test_ticks_are_round_numbers_at_their_values():
    lines = drawn(curve("line", X), ascii_only=True).splitlines()
    marked = [re.match(r" *(-?[0-9.]+)\+", line) for line in lines]
    ticks = {float(mark[1]): row for row, mark in enumerate(marked) if mark}
    rows = [ticks[tick] for tick in (2.0, 0.0, -2.0)]
    assert rows[1] - rows[0] == rows[2] - rows[1] > 1


def test_colour_is_never_the_only_difference():
    text = drawn(curve("mse", X**2), curve("l1", abs(X)))
    assert text.count("mse") == text.count("l1") == 2
    assert "\x1b" not in text


def test_each_curve_has_its_colour_and_its_name_the_same_one():
    text = drawn(curve("mse", X**2), curve("l1", abs(X)), colour=True)
    assert "\x1b[1;36mm" in text
    assert "\x1b[1;35ml" in text
    assert "\x1b[36m" in text
    assert "\x1b[35m" in text


def test_curves_that_lie_on_each_other_are_one_with_both_names():
    text = drawn(curve("one", X**2), curve("other", X**2), curve("third", abs(X)))
    assert text.count("one, other") == 2


def test_a_curve_that_shoots_up_is_cut_so_that_the_rest_can_be_seen():
    text = drawn(curve("pole", np.where(X < -2.8, 1e6, abs(X))))
    assert "1e+06" not in text
    assert "3┤" in text or "2┤" in text


def test_no_curve_is_cut_for_being_steeper_than_many_others():
    flat = [curve(f"flat {place}", place * abs(X) / 9) for place in range(5, 9)]
    text = drawn(*flat, curve("mse", X**2))
    assert "7.5┤" in text
    assert re.search(r"[^-]5┤", text)
    assert "-5┤" in text


def test_a_curve_far_steeper_than_the_others_is_cut():
    text = drawn(curve("l1", abs(X)), curve("giant", 1000 * X**2))
    assert "3┤" in text or "2┤" in text
    assert not re.search(r"\d{3}┤", text)


def test_letters_and_hidden_curves_are_explained_above_the_picture():
    long = "a name without room beside its curve"
    above = drawn(curve(long, X**2), curve("l1", abs(X))).partition("value")[0]
    assert above.strip() == f"A marks {long}"
    text = drawn(curve(f"{long}, b", X**2), curve("c", X**2 + 1e-3))
    said = f"under other curves in value: {long} and b, which are one curve under"
    assert said in " ".join(text.split())
    assert "marks" not in drawn(curve("mse", X**2), curve("l1", abs(X)))


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0])
def test_a_curve_without_numbers_to_show_leaves_an_empty_frame(value):
    flat = np.full_like(X, value)
    nothing = Curve(loss="x", axis="error", span=(-3.0, 3.0), x=X, value=flat, gradient=flat)
    assert "└" in drawn(nothing)
