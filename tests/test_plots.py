"""The figures show what was found, whole, legibly and alike on every machine."""

import dataclasses
import itertools
import json
import math
import pkgutil
import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.text import Text

from example_findings import EXAMPLES, HOSTILE, binary, hostile, many, one_exploded, regression
from losslab.plots import figures
from losslab.plots.bands import mean_and_spread
from losslab.plots.catalog import FIGURES
from losslab.plots.figures import intervals, learning_curves, learning_rates
from losslab.plots.lettering import folded, legible
from losslab.plots.render import SLIM, WIDE, to_figure, to_png, to_svg
from losslab.plots.theme import DARK, LIGHT, style
from losslab.plots.view import Span, focus
from losslab.plots.words import interval_name, p_value, score, score_format, signed

every_example = pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
every_figure = pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
every_theme = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)


def drawn(name, findings, width=WIDE, theme=LIGHT):
    canvas = to_figure(FIGURES[name], findings, theme, width)
    canvas.draw_without_rendering()
    return canvas, canvas.axes[0]


def words_on(canvas):
    texts = [text for text in canvas.findobj(Text) if text.get_visible()]
    return [text.get_text() for text in texts if text.get_text()]


def test_the_index_lists_every_file_of_the_folder():
    files = [module.name for module in pkgutil.iter_modules(figures.__path__)]
    assert sorted(FIGURES) == sorted(files), "give each file in plots/figures a line in catalog.py"


@every_figure
def test_a_figure_says_what_it_is(figure):
    assert figure.title
    assert figure.summary.endswith(".")


@every_figure
@every_example
def test_prepared_data_is_frozen_and_plain(figure, example):
    data = figure.prepare(example())
    assert is_plain(data)
    json.dumps(dataclasses.asdict(data))


def is_plain(value):
    if dataclasses.is_dataclass(value):
        fields = [getattr(value, field.name) for field in dataclasses.fields(value)]
        return type(value).__dataclass_params__.frozen and all(map(is_plain, fields))
    if isinstance(value, tuple):
        return all(map(is_plain, value))
    return type(value) in (str, int, float, bool, type(None))


@every_figure
@every_example
@pytest.mark.parametrize("width", [WIDE, SLIM])
def test_nothing_is_clipped_and_no_two_texts_overlap(figure, example, width):
    canvas, _ = drawn(figure.name, example(), width)
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


@every_figure
@every_theme
def test_every_figure_becomes_an_svg(figure, theme):
    drawing = to_svg(figure, binary(), theme)
    assert drawing.startswith("<?xml")
    assert theme.paper in drawing


@every_figure
def test_the_same_findings_give_the_same_bytes(figure, tmp_path):
    assert to_svg(figure, binary()) == to_svg(figure, binary())
    for name in ("a.png", "b.png"):
        to_png(tmp_path / name, figure, binary())
    first = (tmp_path / "a.png").read_bytes()
    assert first == (tmp_path / "b.png").read_bytes()
    assert first.startswith(b"\x89PNG")


@every_figure
def test_settings_of_the_user_change_nothing_and_stay(figure):
    plain = to_svg(figure, binary())
    with matplotlib.rc_context({"axes.facecolor": "red", "font.size": 30, "svg.fonttype": "none"}):
        assert to_svg(figure, binary()) == plain
        assert matplotlib.rcParams["axes.facecolor"] == "red"


def test_matplotlib_is_loaded_by_drawing_only_and_pyplot_never():
    code = """
import sys
from losslab.plots.catalog import FIGURES
import losslab.report.html, losslab.report.table
assert "matplotlib" not in sys.modules
from example_findings import binary
from losslab.plots.render import to_svg
for figure in FIGURES.values():
    to_svg(figure, binary())
assert "matplotlib.pyplot" not in sys.modules
"""
    folder = str(Path(__file__).parent)
    start = f"import sys; sys.path.append({folder!r})"
    subprocess.run([sys.executable, "-c", start + code], check=True)


def test_intervals_keep_means_ends_and_verdicts():
    findings = binary()
    data = intervals.prepare(findings)
    rows, lines = findings.rows, data.lines
    assert [line.mean for line in lines[: len(rows)]] == [row.mean for row in rows]
    assert [line.low for line in lines[: len(rows)]] == [row.ci_low for row in rows]
    assert [line.ranked for line in lines] == [True] * len(rows) + [False, False]
    assert [line.best for line in lines].count(True) == 1
    assert data.rope == (rows[0].mean - findings.rope, rows[0].mean + findings.rope)
    for row, line in zip(rows, lines, strict=False):
        assert row.verdict in line.words


def test_a_far_reference_does_not_squash_the_candidates():
    data = intervals.prepare(binary())
    constant = next(line for line in data.lines if line.label == "constant")
    assert constant.mean < data.view[0]
    assert all(data.view[0] <= line.low <= data.view[1] for line in data.lines if line.ranked)
    assert "off this scale" in intervals.caption(data)


def test_an_exploded_candidate_does_not_squash_the_others():
    data = intervals.prepare(one_exploded())
    assert data.view[1] < 100
    _, ax = drawn("intervals", one_exploded())
    assert [line.get_marker() for line in ax.lines if line.get_marker() in "<>"] == [">"]


def test_intervals_are_drawn_at_their_values_in_ranking_order():
    findings = binary()
    canvas, ax = drawn("intervals", findings)
    marks = [line for line in ax.lines if len(line.get_xdata()) == 1]
    bars = [line for line in ax.lines if len(line.get_xdata()) == 2]
    heights = [float(np.ravel(mark.get_ydata())[0]) for mark in marks]
    assert heights == sorted(heights)
    assert ax.yaxis_inverted()
    for row, mark, bar in zip(findings.rows, marks, bars, strict=False):
        assert np.ravel(mark.get_xdata())[0] == row.mean
        np.testing.assert_array_equal(bar.get_xdata(), [row.ci_low, row.ci_high])
    assert "test accuracy, higher is better" in words_on(canvas)


def test_the_verdict_stands_beside_each_interval_with_its_number():
    canvas, _ = drawn("intervals", binary())
    shown = words_on(canvas)
    assert "0.975  best" in shown
    assert "0.921  worse" in shown
    assert "Holm p < .001" in shown


@pytest.mark.parametrize("width", [WIDE, SLIM])
def test_names_are_shown_as_they_are(width):
    canvas, _ = drawn("intervals", hostile(), width)
    shown = " ".join(words_on(canvas)).replace("\n", " ")
    assert "$\\frac{" in shown
    assert "_hidden" in shown
    assert HOSTILE[:16] in shown
    assert "\x1b" not in shown


def test_a_name_with_an_underscore_is_in_the_key():
    canvas, _ = drawn("learning_rates", hostile())
    assert "4  _hidden" in words_on(canvas)


def test_curves_are_medians_over_the_splits_and_grouped_by_scale():
    findings = binary()
    data = learning_curves.prepare(findings)
    assert [panel.label for panel in data.panels] == [
        "validation log loss",
        "validation hinge loss",
        "validation l1 loss",
    ]
    for panel in data.panels:
        for curve in panel.curves:
            row = findings.rows[curve.index]
            ordered = np.sort(row.validation, axis=0)  # of ten splits
            np.testing.assert_allclose(curve.center, (ordered[4] + ordered[5]) / 2)
            np.testing.assert_allclose(curve.low, ordered[2] + 0.25 * (ordered[3] - ordered[2]))
            np.testing.assert_allclose(curve.high, ordered[6] + 0.75 * (ordered[7] - ordered[6]))
            assert curve.kept == round(np.median(row.best_epochs))
            assert curve.n == 10


def test_a_split_that_diverged_is_left_out_of_its_curve_and_said():
    data = learning_curves.prepare(EXAMPLES["diverged"]())
    curve = next(curve for panel in data.panels for curve in panel.curves if "l1" in curve.label)
    assert curve.n == 9
    assert np.isfinite(curve.center).all()
    assert "4  l1 (9 of 10)" in learning_curves.caption(data)


def test_a_candidate_without_a_curve_is_named():
    data = learning_curves.prepare(EXAMPLES["all_diverged"]())
    assert data.panels == ()
    assert "Diverged on every split: bce_with_logits, cross_entropy." in learning_curves.caption(
        data
    )
    canvas, _ = drawn("learning_curves", EXAMPLES["all_diverged"]())
    assert words_on(canvas) == ["no candidate finished on any split"]


def test_curves_are_drawn_by_epoch_with_the_best_one_on_top():
    findings = binary()
    canvas, ax = drawn("learning_curves", findings)
    panels = ax.child_axes
    assert len(panels) == 3
    data = learning_curves.prepare(findings)
    for panel, axis in zip(data.panels, panels, strict=True):
        assert axis.get_ylabel() == panel.label
        for curve, line in zip(panel.curves, reversed(axis.lines), strict=True):
            np.testing.assert_array_equal(line.get_xdata(), np.arange(1, 51))
            np.testing.assert_array_equal(line.get_ydata(), curve.center)
            assert line.get_markevery() == [curve.kept - 1]
        assert len(axis.collections) == len(panel.curves), "one band for each curve"
    assert "1  cross_entropy" in words_on(canvas)


def test_every_minimum_of_a_curve_is_in_view():
    for make in EXAMPLES.values():
        for panel in learning_curves.prepare(make()).panels:
            assert all(panel.view[0] < min(curve.center) < panel.view[1] for curve in panel.curves)


def test_one_bad_epoch_of_one_split_does_not_set_the_scale():
    findings = binary()
    wild = findings.rows[0].validation.copy()
    wild[0, 20] = 1e6
    rows = (dataclasses.replace(findings.rows[0], validation=wild), *findings.rows[1:])
    calm = learning_curves.prepare(findings).panels[0].view
    shown = learning_curves.prepare(dataclasses.replace(findings, rows=rows)).panels[0].view
    np.testing.assert_allclose(shown, calm, rtol=0.05)


def test_learning_rates_are_means_over_the_splits_that_did_not_diverge():
    findings = EXAMPLES["partly_diverged"]()
    data = learning_rates.prepare(findings)
    for row, curve in zip(findings.rows, data.curves, strict=True):
        assert curve.lrs == tuple(rate.lr for rate in row.rates)
        assert curve.chosen == tuple(rate.chosen for rate in row.rates)
        for rate, mean in zip(row.rates, curve.mean, strict=True):
            if np.isnan(rate.scores).all():
                assert math.isnan(mean)
            else:
                assert mean == pytest.approx(np.nanmean(rate.scores))
    assert "Cross: diverged" in learning_rates.caption(data)


def test_learning_rates_have_a_logarithmic_axis_named_by_what_was_tried():
    canvas, ax = drawn("learning_rates", binary())
    assert ax.get_xscale() == "log"
    assert [tick.get_text() for tick in ax.get_xticklabels()] == [
        "0.0003",
        "0.001",
        "0.003",
        "0.01",
        "0.03",
    ]
    assert len(ax.get_legend().get_texts()) == 5
    assert "learning rate" in words_on(canvas)


def test_the_mark_of_a_learning_rate_grows_with_the_splits_that_chose_it():
    _, ax = drawn("learning_rates", binary())
    marks = [one for one in ax.collections if isinstance(one, PathCollection)]
    assert len(marks) == 5
    for mark in marks:
        sizes = mark.get_sizes()
        assert sizes.argmax() == 2  # 0.003 was chosen on eight splits, 0.001 on two
        assert sizes[1] > sizes[0] == sizes[3] == sizes[4]


def test_a_diverged_learning_rate_is_crossed():
    _, ax = drawn("learning_rates", EXAMPLES["partly_diverged"]())
    crosses = [line for line in ax.lines if line.get_marker() == "x" and len(line.get_xdata())]
    assert len(crosses) == 1
    np.testing.assert_allclose(crosses[0].get_xdata(), [0.01, 0.03], rtol=0.15)


@every_figure
def test_alt_text_names_every_candidate(figure):
    for findings in (binary(), regression(), many()):
        told = figure.alt(figure.prepare(findings))
        assert all(row.name in told for row in findings.rows)
        assert told.endswith(".")
        assert "\n" not in told


@every_figure
def test_captions_say_what_the_bars_or_bands_are_and_from_how_many_splits(figure):
    said = figure.caption(figure.prepare(binary()))
    assert "N = 10 splits" in said
    assert (
        "95 % interval (corrected resampled t)" in said
        or "one standard deviation" in said
        or "middle half" in said
    )


@every_theme
def test_sixteen_candidates_look_different(theme):
    looks = [style(theme, index) for index in range(16)]
    assert len(set(looks)) == 16
    for one, other in itertools.combinations(looks, 2):
        assert (one.marker, one.dash) != (other.marker, other.dash), "colour is the only difference"


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
    seen = [lab(np.array(BLINDNESS[kind]) @ linear(color)) for color in theme.series]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 14


@every_theme
def test_colours_stand_out_from_the_paper(theme):
    assert all(contrast(color, theme.paper) >= 3 for color in (*theme.series, theme.muted))
    assert all(contrast(color, theme.paper) >= 4.5 for color in (theme.ink, theme.soft))
    assert contrast(theme.soft, theme.rope) >= 4.5


@every_theme
def test_a_figure_wears_its_theme(theme):
    canvas, ax = drawn("intervals", binary(), theme=theme)
    assert to_hex(canvas.get_facecolor()) == theme.paper
    assert theme.series[0] in [to_hex(line.get_color()) for line in ax.lines]


numbers = st.floats(-1e9, 1e9)


@given(st.lists(st.tuples(numbers, numbers, numbers), max_size=8), st.floats(0, 10))
def test_a_view_has_width_and_holds_the_first_value(values, margin):
    spans = [
        Span(mean=sorted(three)[1], low=min(three), high=max(three), reach=8) for three in values
    ]
    low, high = focus(spans, margin)
    assert low < high
    if spans:
        assert low <= spans[0].mean <= high


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=5))
def test_a_score_format_writes_any_score_briefly(values):
    shown = score_format(values)
    assert all(len(score(value, shown)) <= 12 for value in values)


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
    assert score(values[0], score_format(values)) == text


def test_p_values_and_differences_keep_their_sign_and_never_vanish():
    assert p_value(0.0) == "< .001"
    assert p_value(float("nan")) == "\N{EN DASH}"
    assert signed(-0.0001, ",.3f") == "0.000"
    assert signed(1e-9, ".3e") == "+1.000e\N{MINUS SIGN}09"


def test_the_interval_is_named_with_its_level_and_number_of_splits():
    findings = dataclasses.replace(binary(), level=0.9)
    assert interval_name(findings) == "90 % interval (corrected resampled t), N = 10 splits"


def test_a_band_of_a_point_without_a_value_is_missing():
    band = mean_and_spread(np.array([[np.nan, 1.0], [np.nan, 2.0]]))
    assert math.isnan(band.center[0])
    assert band.center[1] == 1.5
    assert band.n == 2


@given(st.text(), st.integers(5, 40), st.integers(1, 3))
def test_folded_text_keeps_to_its_size_and_to_the_font(text, width, lines):
    shown = folded(text, width, lines)
    assert len(shown.split("\n")) <= lines
    assert all(len(line) <= width for line in shown.split("\n"))
    assert legible(shown.replace("\n", " ")) == shown.replace("\n", " ")
