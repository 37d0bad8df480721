"""How figures look: marks, colours, numbers in words."""

import dataclasses
import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex

from drawing_samples import draw_comparison, every_comparison_figure, every_theme, find_texts
from example_findings import EXAMPLES, binary, many, regression, wrong_on_purpose
from losslab.plots.bands import summarize_mean
from losslab.plots.render import SLIM, WIDE
from losslab.plots.scale import Span, choose_span_view
from losslab.plots.theme import get_style, replace_unprintable, wrap_text
from losslab.plots.wording import (
    choose_score_format,
    describe_interval,
    format_difference,
    format_p_value,
    format_ranked_name,
    format_score,
)


def test_learning_rates_have_a_logarithmic_axis_named_by_what_was_tried():
    canvas, ax = draw_comparison("learning_rates", binary())
    assert ax.get_xscale() == "log"
    assert [tick.get_text() for tick in ax.get_xticklabels()] == [
        "0.0003",
        "0.001",
        "0.003",
        "0.01",
        "0.03",
    ]
    assert len(ax.get_legend().get_texts()) == 5
    assert "learning rate" in find_texts(canvas)


def test_the_mark_of_a_learning_rate_grows_with_the_splits_that_chose_it():
    _, ax = draw_comparison("learning_rates", binary())
    marks = [one for one in ax.collections if isinstance(one, PathCollection)]
    assert len(marks) == 5
    for mark in marks:
        sizes = mark.get_sizes()
        assert sizes.argmax() == 2  # 0.003 was chosen on eight splits, 0.001 on two
        assert sizes[1] > sizes[0] == sizes[3] == sizes[4]


def test_a_diverged_learning_rate_is_crossed():
    _, ax = draw_comparison("learning_rates", EXAMPLES["partly_diverged"]())
    crosses = [line for line in ax.lines if line.get_marker() == "x" and len(line.get_xdata())]
    assert len(crosses) == 1
    np.testing.assert_allclose(crosses[0].get_xdata(), [0.01, 0.03], rtol=0.15)


@every_comparison_figure
@every_theme
@pytest.mark.parametrize("width", [WIDE, SLIM])
def test_what_is_wrong_on_purpose_is_hollow_and_crossed_in_the_picture_and_said(
    figure, theme, width
):
    sound, wrong = binary(), wrong_on_purpose()
    assert not crosses(draw_comparison(figure.name, sound, width, theme)[0])
    found = crosses(draw_comparison(figure.name, wrong, width, theme)[0])
    index = [row.candidate.wrong is not None for row in wrong.rows].index(True)
    assert found == {get_style(theme, index).color}
    assert get_style(theme, index, wrong=True).fill == theme.background
    data = figure.prepare(wrong)
    assert f"wrong on purpose ({format_ranked_name(wrong.rows[index])})" in figure.write_caption(
        data
    )
    assert "wrong on purpose" in figure.write_alt(data)
    assert "wrong on purpose" not in figure.write_caption(figure.prepare(sound))


def crosses(canvas):
    """Give the colours of the crosses that lie in marks."""
    found = canvas.findobj(lambda one: one.get_gid() == "wrong on purpose")
    return {to_hex(np.ravel(one.get_edgecolor())) for one in found}


@every_comparison_figure
def test_alt_text_names_every_candidate(figure):
    for findings in (binary(), regression(), many()):
        told = figure.write_alt(figure.prepare(findings))
        assert all(row.name in told for row in findings.rows)
        assert told.endswith(".")
        assert "\n" not in told


@every_comparison_figure
def test_captions_say_what_the_bars_or_bands_are_and_from_how_many_splits(figure):
    said = figure.write_caption(figure.prepare(binary()))
    assert "N = 10 splits" in said
    assert (
        "95 % interval (corrected resampled t)" in said
        or "one standard deviation" in said
        or "middle half" in said
    )


@every_theme
def test_forty_candidates_look_different_from_each_other_and_from_the_references(theme):
    looks = [get_style(theme, index) for index in range(40)]
    for one, other in itertools.combinations(looks, 2):
        assert (one.color, one.marker) != (other.color, other.marker)
        same = (one.marker, one.dash) == (other.marker, other.dash)
        assert not same, "colour is the only difference"
    assert theme.muted not in {look.color for look in looks}


# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def linear(color):
    parts = np.array([int(color[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    light = sorted(linear(color) @ [0.2126, 0.7152, 0.0722] for color in (one, other))
    return (light[1] + 0.05) / (light[0] + 0.05)


def lab(rgb):
    """Give CIE L*a*b* of linear RGB."""
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.array(to_xyz) @ np.clip(rgb, 0, 1) / [0.9505, 1, 1.089]
    root = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


@every_theme
@pytest.mark.parametrize("kind", BLINDNESS)
def test_colours_stay_apart_for_colour_blind_readers(theme, kind):
    colors = (*theme.series, theme.muted)
    *seen, muted = [lab(np.array(BLINDNESS[kind]) @ linear(color)) for color in colors]
    assert len(seen) == 12
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 14
    assert min(np.linalg.norm(color - muted) for color in seen) > 10


@every_theme
def test_colours_stand_out_from_the_paper(theme):
    assert all(contrast(color, theme.background) >= 3 for color in (*theme.series, theme.muted))
    assert all(
        contrast(color, theme.background) >= 4.5 for color in (theme.foreground, theme.secondary)
    )
    assert contrast(theme.secondary, theme.rope) >= 4.5


@every_theme
def test_a_figure_wears_its_theme(theme):
    canvas, ax = draw_comparison("intervals", binary(), theme=theme)
    assert to_hex(canvas.get_facecolor()) == theme.background
    assert theme.series[0] in [to_hex(line.get_color()) for line in ax.lines]


numbers = st.floats(-1e9, 1e9)


@given(st.lists(st.tuples(numbers, numbers, numbers), max_size=8), st.floats(0, 10))
def test_a_view_has_width_and_holds_the_first_value(values, margin):
    spans = [
        Span(mean=sorted(three)[1], low=min(three), high=max(three), reach=8) for three in values
    ]
    low, high = choose_span_view(spans, margin)
    assert low < high
    if spans:
        assert low <= spans[0].mean <= high


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=5))
def test_a_score_format_writes_any_score_briefly(values):
    shown = choose_score_format(values)
    assert all(len(format_score(value, shown)) <= 12 for value in values)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([0.5], "0.500"),
        ([1.0], "1.000"),
        ([0.0213], "0.0213"),
        ([55.123], "55.12"),
        ([2134.4], "2,134"),
        ([1.5e-9], "1.500e\N{MINUS SIGN}09"),
        ([float("nan")], "\N{EN DASH}"),
    ],
)
def test_scores_have_three_significant_decimals_or_four_digits(values, text):
    assert format_score(values[0], choose_score_format(values)) == text


def test_p_values_and_differences_keep_their_sign_and_never_vanish():
    assert format_p_value(0.0) == "< .001"
    assert format_p_value(float("nan")) == "\N{EN DASH}"
    assert format_difference(-0.0001, ",.3f") == "0.000"
    assert format_difference(1e-9, ".3e") == "+1.000e\N{MINUS SIGN}09"


def test_the_interval_is_named_with_its_level_and_number_of_splits():
    findings = dataclasses.replace(binary(), level=0.9)
    assert describe_interval(findings) == "90 % interval (corrected resampled t), N = 10 splits"


def test_a_band_of_a_point_without_a_value_is_missing():
    band = summarize_mean(np.array([[np.nan, 1.0], [np.nan, 2.0]]))
    assert math.isnan(band.center[0])
    assert band.center[1] == 1.5
    assert band.n == 2


@given(st.text(), st.integers(5, 40), st.integers(1, 3))
def test_folded_text_keeps_to_its_size_and_to_the_font(text, width, lines):
    shown = wrap_text(text, width, lines)
    assert len(shown.split("\n")) <= lines
    assert all(len(line) <= width for line in shown.split("\n"))
    assert replace_unprintable(shown.replace("\n", " ")) == shown.replace("\n", " ")
