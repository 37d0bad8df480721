"""Formulas in the characters of a terminal."""

import pytest

from losslab.losses.catalog import LOSSES
from losslab.report.losses.formula import format_latex

FORMS = [form for loss in LOSSES.values() for form in (loss, loss.by_class) if form is not None]


@pytest.mark.parametrize(
    ("latex", "unicode", "ascii_only"),
    [
        (
            r"\ell(z, y) = \log \sum_k e^{z_k} - z_y",
            "ℓ(z, y) = log Σ_k exp(z_k) - z_y",
            "loss(z, y) = log sum_k exp(z_k) - z_y",
        ),
        (r"\max(0,\; 1 - y z)", "max(0, 1 - y z)", "max(0, 1 - y z)"),
        (r"\frac{a + b}{2} (p - y)^2", "(a + b)/2 (p - y)²", "(a + b)/2 (p - y)^2"),
        (r"\frac{(p - y)^2}{2 \beta}", "(p - y)²/(2 β)", "(p - y)^2/(2 beta)"),
        (r"\frac{a}{b + \frac{c}{d}}", "a/(b + c/d)", "a/(b + c/d)"),
        (r"\tfrac{1}{2} x", "½ x", "1/2 x"),
        (r"\delta^{1 - p}", "δ^(1 - p)", "delta^(1 - p)"),
        (r"\sum_{k \neq y}^{K} z_k", "Σ_(k ≠ y)^K z_k", "sum_(k != y)^K z_k"),
        (r"a, \quad b \in \{-1, 1\}", "a,  b ∈ {-1, 1}", "a,  b in {-1, 1}"),
        (r"\lVert \hat{\mathbf{p}} \rVert", "‖ p ‖", "|| p ||"),
        (r"\log\left(\alpha\beta\right)", "log(αβ)", "log(alpha beta)"),
        (r"\sqrt{1 + x^2} - c e^{-x}", "√(1 + x²) - c exp(-x)", "sqrt(1 + x^2) - c exp(-x)"),
        (r"\text{with label } -1", "with label -1", "with label -1"),
    ],
)
def test_a_formula_is_written_in_the_characters_of_a_terminal(latex, unicode, ascii_only):
    assert format_latex(latex) == unicode
    assert format_latex(latex, ascii_only=True) == ascii_only


def test_each_case_has_a_line_with_its_condition_under_the_others():
    huber = format_latex(LOSSES["huber"].formula)
    assert huber == (
        "ℓ(p, y) = ½ (p - y)²         if |p - y| ≤ δ\n          δ (|p - y| - ½ δ)  otherwise"
    )


@pytest.mark.parametrize("loss", FORMS, ids=lambda loss: f"{loss.name} {loss.prediction.shape}")
def test_no_latex_is_left_in_a_formula(loss):
    for ascii_only in (False, True):
        written = format_latex(loss.formula, ascii_only=ascii_only)
        assert not set("\\{}&") & set(written)
        assert not any(word in written for word in ("frac", "quad", "text", "begin", "math"))
    assert format_latex(loss.formula, ascii_only=True).isascii()
