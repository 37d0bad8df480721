"""A comparison in a terminal: exact text, at any width and in any encoding."""

import io
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from example_findings import EXAMPLES, HOSTILE, binary, hostile, many, regression, wrong_on_purpose
from losslab.report.compare.html import render_ranking
from losslab.report.compare.table import (
    ASCII_MARKS,
    UNICODE_MARKS,
    draw_interval,
    format_comparison,
    make_columns,
)
from losslab.report.terminal import GAP, fit_columns

every_example = pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)

AT_100 = """\
breast_cancer: diagnosis (binary; 569 rows, 30 features)
Ranked by test accuracy, higher is better (the largest class holds 62.7 % of the rows, at most 70
%); 10 splits (5 folds × 2).

                   accuracy
loss               mean [95 % CI]                        vs best  verdict            evidence     lr
1 cross_entropy    0.975 [0.963, 0.986]           ──●──           best                         0.003
2 bce_with_logits  0.974 [0.963, 0.985]           ──●──   −0.001  practically equal  P > 99 %  0.003
  = bce, nll
3 mse              0.970 [0.960, 0.981]           ─●──    −0.004  practically equal  P > 99 %  0.003
4 hinge            0.970 [0.956, 0.983]          ──●───   −0.005  practically equal  P = 96 %  0.003
5 l1               0.921 [0.906, 0.937]  ──●───           −0.053  worse              p < .001  0.003

  constant         0.628 [0.615, 0.641]  ◂                        not ranked
  linear           0.972 [0.959, 0.985]           ──●──           not ranked

● mean, ── CI: 95 % interval (corrected resampled t), N = 10 splits; differences up to 0.0096 count
as practically equal (P). p: Tukey, against the best.
- Ranking by accuracy gives no loss a home advantage.

cross_entropy has the best mean; see the table for the others.
Recommended: cross_entropy (sigmoid head, adam, lr 0.003): the best log loss among the losses not
shown worse than the best.
report: losslab-report.html; store: losslab-runs.sqlite; 200 runs trained, 50 reused; 41 s
"""  # noqa: RUF001

AT_80 = """\
breast_cancer: diagnosis (binary; 569 rows, 30 features)
Ranked by test accuracy, higher is better (the largest class holds 62.7 % of the
rows, at most 70 %); 10 splits (5 folds × 2).

                   accuracy
loss               mean [95 % CI]        vs best  verdict            evidence
1 cross_entropy    0.975 [0.963, 0.986]           best
2 bce_with_logits  0.974 [0.963, 0.985]   −0.001  practically equal  P > 99 %
  = bce, nll
3 mse              0.970 [0.960, 0.981]   −0.004  practically equal  P > 99 %
4 hinge            0.970 [0.956, 0.983]   −0.005  practically equal  P = 96 %
5 l1               0.921 [0.906, 0.937]   −0.053  worse              p < .001

  constant         0.628 [0.615, 0.641]           not ranked
  linear           0.972 [0.959, 0.985]           not ranked

CI: 95 % interval (corrected resampled t), N = 10 splits; differences up to
0.0096 count as practically equal (P). p: Tukey, against the best.
- Ranking by accuracy gives no loss a home advantage.

cross_entropy has the best mean; see the table for the others.
Recommended: cross_entropy (sigmoid head, adam, lr 0.003): the best log loss
among the losses not shown worse than the best.
report: losslab-report.html; store: losslab-runs.sqlite; 200 runs trained, 50
reused; 41 s
"""  # noqa: RUF001


def render_at(findings, width=100, encoding="utf-8", **console):
    buffer = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    shown = Console(file=buffer, width=width, **console)
    shown.print(format_comparison(findings, "losslab-report.html"))
    buffer.flush()
    text = buffer.buffer.getvalue().decode(encoding)
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


@pytest.mark.parametrize(("width", "text"), [(100, AT_100), (80, AT_80), (200, AT_100)])
def test_the_whole_output_at_common_widths(width, text):
    assert render_at(binary(), width) == text


@every_example
@pytest.mark.parametrize("width", [30, 60, 79, 80, 100, 160])
def test_no_line_is_wider_than_the_terminal(example, width):
    lines = render_at(example(), width).splitlines()
    assert max(map(cell_len, lines)) <= min(width, 100)


@every_example
@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_other_encodings_fall_back_to_ascii(example, encoding):
    assert render_at(example(), encoding=encoding).isascii()


def test_intervals_are_drawn_in_ascii_too():
    shown = render_at(binary(), encoding="ascii")
    assert "--o--   -0.001  practically equal" in shown
    assert "5 folds x 2" in shown
    assert "o mean, -- CI: 95 % interval (corrected resampled t), N = 10 splits" in shown


def test_the_recommendation_comes_last():
    lines = render_at(binary()).splitlines()
    assert lines[-4].startswith("cross_entropy has the best mean")
    assert lines[-3].startswith("Recommended: cross_entropy (sigmoid head, adam, lr 0.003): ")
    assert lines[-1].startswith("report: losslab-report.html; store: losslab-runs.sqlite; 200 runs")


def test_without_a_recommendation_none_is_printed():
    shown = render_at(EXAMPLES["all_diverged"]())
    assert "Recommended" not in shown
    assert "Every candidate diverged." in shown
    assert len(re.findall(r"diverged +50/50 runs", shown)) == 2


def test_a_wrong_pairing_is_marked_and_its_reason_given():
    shown = render_at(wrong_on_purpose())
    assert re.search(r"\n {2}wrong on purpose\n", shown)
    assert "- Wrong on purpose: cross_entropy, softmax: softmax before cross_entropy" in shown


def test_runs_that_diverged_are_counted():
    assert "20/50 diverged" in render_at(EXAMPLES["partly_diverged"]())


def test_sixteen_candidates_keep_their_order():
    findings = many()
    firsts = re.findall(r"^(\d+) (\w+), ", render_at(findings), re.MULTILINE)
    assert firsts == [(str(row.rank), row.candidate.loss) for row in findings.rows]


def test_errors_are_shown_in_the_units_of_the_target():
    shown = render_at(regression())
    assert re.search(r"1 mse +5\d\.\d\d \[5\d\.\d\d, 5\d\.\d\d\]", shown)
    assert "lower is better" in shown


def test_names_are_shown_literally_and_cannot_control_the_terminal():
    shown = render_at(hostile())
    assert HOSTILE in shown
    assert '=HYPERLINK("x")' in shown
    assert "[red]markup[/red]" in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_cuts_to_fit_the_budget_are_listed():
    shown = render_at(EXAMPLES["one_rate"]())
    assert "- Cut to fit the budget: Learning rates: 1 instead of 5." in shown


def test_a_terminal_gets_colour_unless_no_color_is_set(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    colour = re.compile(r"\x1b\[[0-9;]*3[0-9]")
    options = {"force_terminal": True, "color_system": "256"}
    assert colour.search(render_at(binary(), **options))
    monkeypatch.setenv("NO_COLOR", "1")
    bare = render_at(binary(), **options)
    assert not colour.search(bare)
    assert "worse" in bare


@pytest.mark.parametrize("width", range(30, 140, 3))
def test_columns_are_dropped_in_order_of_priority(width):
    columns = make_columns(binary())
    widths = fit_columns(columns, width)
    order = ["zeros", "lr", "alpha", "plot", "evidence", "difference"]
    there = [key for key in order if key in {column.key for column in columns}]
    dropped = {column.key for column in columns} - set(widths)
    assert dropped == set(there[: len(dropped)])
    if len(dropped) < len(there):
        assert sum(widths.values()) + GAP * (len(widths) - 1) <= width


ends = st.floats(-1e6, 1e6)


@given(st.tuples(ends, ends, ends).map(sorted), st.tuples(ends, ends), st.integers(2, 40))
def test_a_drawn_interval_has_its_width_and_one_mark(span, view, width):
    low, high = min(view), max(view)
    high = high if high > low else low + 1
    drawn = draw_interval(tuple(span), (low, high), width, ASCII_MARKS)
    assert len(drawn) == width
    if low <= span[1] <= high:
        assert re.fullmatch(r" *-*o-* *", drawn)
    else:
        assert drawn.strip() == ("<" if span[1] < low else ">")


def test_a_mean_without_an_interval_is_a_mark_and_nan_is_blank():
    nan = float("nan")
    assert draw_interval((nan, 0.5, nan), (0.0, 1.0), 5, UNICODE_MARKS) == "  ●  "
    assert draw_interval((nan, nan, nan), (0.0, 1.0), 5, UNICODE_MARKS) == "     "


@pytest.mark.parametrize(
    ("name", "bracket"),
    [
        ("cross_entropy / hidden 8", "(sigmoid head, adam, lr 0.003)"),
        ("cross_entropy on sigmoid / hidden 8", "(adam, lr 0.003)"),
        ("cross_entropy / adam / lr 0.003", "(sigmoid head)"),
        ("cross_entropy on sigmoid / adam / lr 0.003", ""),
    ],
)
def test_the_brackets_after_a_recommended_name_complete_it(name, bracket):
    findings = binary()
    found = replace(findings, recommendation=replace(findings.recommendation, name=name))
    text = f"Recommended: {name} {bracket}".rstrip() + ": the best log loss"
    assert text in " ".join(render_at(found).split())
    assert text in re.sub("</?strong>", "", render_ranking(found))
