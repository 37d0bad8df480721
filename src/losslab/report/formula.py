"""A loss's LaTeX formula as plain text for a terminal."""

import re

# Each command in Unicode, and for terminals that have no such characters.
_SYMBOLS = {
    r"\ell": ("ℓ", "loss"),
    r"\sum": ("Σ", "sum"),
    r"\in": ("∈", "in"),
    r"\cdot": ("·", "*"),
    r"\leq": ("≤", "<="),
    r"\geq": ("≥", ">="),
    r"\infty": ("∞", "inf"),
    r"\alpha": ("α", "alpha"),
    r"\beta": ("β", "beta"),
    r"\gamma": ("γ", "gamma"),
    r"\delta": ("δ", "delta"),
    r"\epsilon": ("ε", "epsilon"),
    r"\tau": ("τ", "tau"),
}


def plain(latex: str, *, ascii_only: bool = False) -> str:
    r"""Write a formula in the characters of a terminal.

    Args:
        latex: the formula of a loss.
        ascii_only: use no character beyond ASCII.

    Example
        >>> plain(r"\ell(p, y) = (p - y)^2", ascii_only=True)
        'loss(p, y) = (p - y)^2'
        >>> plain(r"\frac{a + b}{c} + e^{z} + \max(0,\; x)")
        '(a + b) / c + exp(z) + max(0, x)'
    """
    text = re.sub(r"\\[;,!: ]", "", latex)
    text = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", _fraction, text)
    text = re.sub(r"\be\^(?:\{([^{}]*)\}|(\w))", lambda m: f"exp({m[1] or m[2]})", text)
    # A command that is no symbol is a named function, such as \log.
    text = re.sub(r"(\\[a-zA-Z]+)", lambda m: _symbol(m[1], ascii_only), text)
    text = re.sub(r"\^\{([^{}]*)\}", r"^(\1)", text)
    text = re.sub(r"[{}]", "", text)
    return text if ascii_only else text.replace("^2", "²")


def _symbol(command: str, ascii_only: bool) -> str:
    return _SYMBOLS[command][ascii_only] if command in _SYMBOLS else command[1:]


def _fraction(match: re.Match[str]) -> str:
    return " / ".join(f"({part})" if " " in part else part for part in match.groups())
