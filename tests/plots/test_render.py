"""The figures of a comparison show what was found, whole, legibly and alike on every machine."""

import dataclasses
import json
import math
import subprocess
import sys

import numpy as np
import pytest

from drawing_samples import (
    check_legible,
    draw_comparison,
    every_comparison_figure,
    find_texts,
    is_plain,
)
from example_findings import EXAMPLES, HOSTILE, binary, hostile, one_exploded
from example_rows import change_row
from losslab.plots.figures import intervals, learning_curves, learning_rates
from losslab.plots.render import SLIM, WIDE
from processes.interpreters import TESTS

every_example = pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)


@every_comparison_figure
@every_example
def test_prepared_data_is_frozen_and_plain(figure, example):
    data = figure.prepare(example())
    assert is_plain(data)
    json.dumps(dataclasses.asdict(data))


@every_comparison_figure
@every_example
@pytest.mark.parametrize("width", [WIDE, SLIM])
def test_nothing_is_clipped_and_no_two_texts_overlap(figure, example, width):
    canvas, _ = draw_comparison(figure.name, example(), width)
    check_legible(canvas)


def test_matplotlib_is_loaded_by_drawing_only_and_pyplot_never():
    code = """
import sys
from losslab.plots.catalog import COMPARISON_FIGURES
import losslab.report.compare.html, losslab.report.compare.table
assert "matplotlib" not in sys.modules
from example_findings import binary
from losslab.plots.render import to_svg
for figure in COMPARISON_FIGURES.values():
    to_svg(figure, figure.prepare(binary()))
assert "matplotlib.pyplot" not in sys.modules
"""
    folder = str(TESTS)
    start = f"import sys; sys.path.append({folder!r})"
    subprocess.run([sys.executable, "-c", start + code], check=True)


def test_intervals_keep_means_ends_and_verdicts():
    findings = binary()
    data = intervals.prepare(findings)
    rows, lines = findings.rows, data.lines
    assert [line.mean for line in lines[: len(rows)]] == [row.scores.mean for row in rows]
    assert [line.low for line in lines[: len(rows)]] == [row.scores.low for row in rows]
    assert [line.ranked for line in lines] == [True] * len(rows) + [False, False]
    assert [line.best for line in lines].count(True) == 1
    assert data.scale.rope == (
        rows[0].scores.mean - findings.metric.rope,
        rows[0].scores.mean + findings.metric.rope,
    )
    for row, line in zip(rows, lines, strict=False):
        assert row.verdict in line.verdict


def test_a_far_reference_does_not_squash_the_candidates():
    data = intervals.prepare(binary())
    constant = next(line for line in data.lines if line.label == "constant")
    assert constant.mean < data.scale.view[0]
    assert all(
        data.scale.view[0] <= line.low <= data.scale.view[1] for line in data.lines if line.ranked
    )
    assert "off this scale" in intervals.write_caption(data)


def test_an_exploded_candidate_does_not_squash_the_others():
    data = intervals.prepare(one_exploded())
    assert data.scale.view[1] < 100
    _, ax = draw_comparison("intervals", one_exploded())
    assert [line.get_marker() for line in ax.lines if line.get_marker() in "<>"] == [">"]


def test_intervals_are_drawn_at_their_values_in_ranking_order():
    findings = binary()
    canvas, ax = draw_comparison("intervals", findings)
    marks = [line for line in ax.lines if len(line.get_xdata()) == 1]
    bars = [line for line in ax.lines if len(line.get_xdata()) == 2]
    heights = [float(np.ravel(mark.get_ydata())[0]) for mark in marks]
    assert heights == sorted(heights)
    assert ax.yaxis_inverted()
    for row, mark, bar in zip(findings.rows, marks, bars, strict=False):
        assert np.ravel(mark.get_xdata())[0] == row.scores.mean
        np.testing.assert_array_equal(bar.get_xdata(), [row.scores.low, row.scores.high])
    assert "test accuracy, higher is better" in find_texts(canvas)


def test_the_verdict_stands_beside_each_interval_with_its_number():
    canvas, _ = draw_comparison("intervals", binary())
    shown = find_texts(canvas)
    assert "0.975  best" in shown
    assert "0.921  worse" in shown
    assert "Tukey p < .001" in shown


@pytest.mark.parametrize("width", [WIDE, SLIM])
def test_names_are_shown_as_they_are(width):
    canvas, _ = draw_comparison("intervals", hostile(), width)
    shown = " ".join(find_texts(canvas)).replace("\n", " ")
    assert "$\\frac{" in shown
    assert "_hidden" in shown
    assert HOSTILE[:16] in shown
    assert "\x1b" not in shown


def test_a_name_with_an_underscore_is_in_the_key():
    canvas, _ = draw_comparison("learning_rates", hostile())
    assert "4  _hidden" in find_texts(canvas)


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
            ordered = np.sort(row.training.validation, axis=0)  # of ten splits
            np.testing.assert_allclose(curve.band.center, (ordered[4] + ordered[5]) / 2)
            np.testing.assert_allclose(
                curve.band.low, ordered[2] + 0.25 * (ordered[3] - ordered[2])
            )
            np.testing.assert_allclose(
                curve.band.high, ordered[6] + 0.75 * (ordered[7] - ordered[6])
            )
            assert curve.best_epoch == round(np.median(row.training.best_epochs))
            assert curve.band.n == 10


def test_a_split_that_diverged_is_left_out_of_its_curve_and_said():
    data = learning_curves.prepare(EXAMPLES["diverged"]())
    curve = next(curve for panel in data.panels for curve in panel.curves if "l1" in curve.label)
    assert curve.band.n == 9
    assert np.isfinite(curve.band.center).all()
    assert "4  l1 (9 of 10)" in learning_curves.write_caption(data)


def test_a_candidate_without_a_curve_is_named():
    data = learning_curves.prepare(EXAMPLES["all_diverged"]())
    assert data.panels == ()
    assert (
        "Diverged on every split: bce_with_logits, cross_entropy."
        in learning_curves.write_caption(data)
    )
    canvas, _ = draw_comparison("learning_curves", EXAMPLES["all_diverged"]())
    assert find_texts(canvas) == ["no candidate finished on any split"]


def test_curves_are_drawn_by_epoch_with_the_best_one_on_top():
    findings = binary()
    canvas, ax = draw_comparison("learning_curves", findings)
    panels = ax.child_axes
    assert len(panels) == 3
    data = learning_curves.prepare(findings)
    for panel, axis in zip(data.panels, panels, strict=True):
        assert axis.get_ylabel() == panel.label
        for curve, line in zip(panel.curves, reversed(axis.lines), strict=True):
            np.testing.assert_array_equal(line.get_xdata(), np.arange(1, 51))
            np.testing.assert_array_equal(line.get_ydata(), curve.band.center)
            assert line.get_markevery() == [curve.best_epoch - 1]
        assert len(axis.collections) == len(panel.curves), "one band for each curve"
    assert "1  cross_entropy" in find_texts(canvas)


def test_every_minimum_of_a_curve_is_in_view():
    for make in EXAMPLES.values():
        for panel in learning_curves.prepare(make()).panels:
            assert all(
                panel.view[0] < min(curve.band.center) < panel.view[1] for curve in panel.curves
            )


def test_one_bad_epoch_of_one_split_does_not_set_the_scale():
    findings = binary()
    wild = findings.rows[0].training.validation.copy()
    wild[0, 20] = 1e6
    rows = (change_row(findings.rows[0], validation=wild), *findings.rows[1:])
    calm = learning_curves.prepare(findings).panels[0].view
    shown = learning_curves.prepare(dataclasses.replace(findings, rows=rows)).panels[0].view
    np.testing.assert_allclose(shown, calm, rtol=0.05)


def test_learning_rates_are_means_over_the_splits_that_did_not_diverge():
    findings = EXAMPLES["partly_diverged"]()
    data = learning_rates.prepare(findings)
    for row, curve in zip(findings.rows, data.curves, strict=True):
        assert curve.lrs == tuple(rate.lr for rate in row.tuning.rates)
        assert curve.chosen == tuple(rate.chosen for rate in row.tuning.rates)
        for rate, mean in zip(row.tuning.rates, curve.band.center, strict=True):
            if np.isnan(rate.scores).all():
                assert math.isnan(mean)
            else:
                assert mean == pytest.approx(np.nanmean(rate.scores))
    assert "Cross at the bottom: diverged" in learning_rates.write_caption(data)
