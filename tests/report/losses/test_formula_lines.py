"""Formulas in terminals too narrow for them."""

import pytest

from losslab.losses.catalog import LOSSES
from losslab.report.losses.formula import break_line, format_latex

FORMULAS = [
    format_latex(form.formula)
    for loss in LOSSES.values()
    for form in (loss, loss.by_class)
    if form is not None
]


@pytest.mark.parametrize("width", [36, 46, 56, 98])
@pytest.mark.parametrize("formula", FORMULAS)
def test_every_formula_fits_and_loses_nothing(formula, width):
    for line in formula.splitlines():
        lines = break_line(line, width).splitlines()
        assert max(map(len, lines)) <= width
        assert "".join(lines).replace(" ", "") == line.replace(" ", "")
        assert len(lines) > 1 or lines == [line]


def test_a_condition_goes_to_a_line_of_its_own_first():
    line = "f(p) = ½ (p - y)²         if |p - y| ≤ δ"
    assert break_line(line, 30).splitlines() == ["f(p) = ½ (p - y)²", "    if |p - y| ≤ δ"]


def test_terms_are_broken_outside_of_brackets_before_inside_of_them():
    line = "f(y) = Σ_k y_k (log y_k - log p_k) + Σ_k y_k"
    assert break_line(line, 40).splitlines() == [
        "f(y) = Σ_k y_k (log y_k - log p_k)",
        "    + Σ_k y_k",
    ]
    assert break_line("f(y) = max(0, a + b + c)", 21).splitlines() == [
        "f(y)",
        "    = max(0, a + b",
        "        + c)",
    ]


def test_a_case_is_moved_to_the_left_only_where_it_would_not_fit():
    line = " " * 12 + "max(0, x - margin)  if y = -1"
    assert break_line(line, 41) == line
    assert break_line(line, 32).splitlines() == [line[:30], "        if y = -1"]
    assert break_line(line, 28).splitlines() == ["    max(0, x - margin)", "        if y = -1"]


def test_a_line_without_terms_is_not_broken():
    assert break_line("x" * 30, 20) == "x" * 30
