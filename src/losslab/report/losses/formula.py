"""A loss's LaTeX formula as plain text for a terminal, broken where its terms end."""

import re
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult


# Each command in Unicode, and for terminals that have no such characters.
_SYMBOLS = {
    r"\ell": ("ℓ", "loss"),
    r"\sum": ("Σ", "sum"),
    r"\in": ("∈", "in"),
    r"\cdot": ("·", "*"),
    r"\le": ("≤", "<="),
    r"\leq": ("≤", "<="),
    r"\ge": ("≥", ">="),
    r"\geq": ("≥", ">="),
    r"\neq": ("≠", "!="),
    r"\to": ("→", "->"),
    r"\infty": ("∞", "inf"),
    r"\lvert": ("|", "|"),
    r"\rvert": ("|", "|"),
    r"\lVert": ("‖", "||"),
    r"\rVert": ("‖", "||"),
    r"\alpha": ("α", "alpha"),
    r"\beta": ("β", "beta"),
    r"\gamma": ("γ", "gamma"),
    r"\delta": ("δ", "delta"),
    r"\epsilon": ("ε", "epsilon"),
    r"\lambda": ("λ", "lambda"),
    r"\mu": ("μ", "mu"),
    r"\sigma": ("σ", "sigma"),
    r"\tau": ("τ", "tau"),
}
# What only changes the look of the letters after it, or the size of brackets.
_LOOKS = re.compile(
    r"\\(bar|hat|tilde|math(bb|bf|cal|rm)|boldsymbol|text|operatorname|left|right|[bB]ig[lr]?|!)"
)
_SPACES = frozenset((r"\,", r"\:", r"\;", r"\ "))
_FRACTIONS = frozenset((r"\frac", r"\tfrac", r"\dfrac"))
_TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|\s+|.", re.DOTALL)
_CASES = re.compile(r"\\begin\{cases\}(.*?)\\end\{cases\}", re.DOTALL)


def plain(latex: str, *, ascii_only: bool = False) -> str:
    r"""Write a formula in the characters of a terminal, with a line for each of its cases.

    Args:
        latex: the formula of a loss.
        ascii_only: use no character beyond ASCII.

    Example
        >>> plain(r"\ell(p, y) = (p - y)^2", ascii_only=True)
        'loss(p, y) = (p - y)^2'
        >>> plain(r"\frac{a + b}{c} + e^{z} + \max(0,\; x)")
        '(a + b)/c + exp(z) + max(0, x)'
        >>> print(plain(r"\begin{cases} \frac{1}{2} x & x > 0 \\ 0 & \text{otherwise} \end{cases}"))
        ½ x  if x > 0
        0    otherwise
    """
    before, *cases_and_after = _CASES.split(latex)
    text = _line(before, ascii_only)
    if not cases_and_after:
        return text.strip()
    cases, after = cases_and_after
    rows = [[_line(cell, ascii_only).strip() for cell in row.split("&")] for row in _rows(cases)]
    width = max(len(row[0]) for row in rows)
    written = [f"{value:<{width}}  {_condition(*where)}".rstrip() for value, *where in rows]
    indent = "\n" + " " * len(text)
    return text.lstrip() + indent.join(written) + _line(after, ascii_only).rstrip()


def _rows(cases: str) -> list[str]:
    return [row for row in cases.split(r"\\") if row.strip()]


def _condition(where: str = "") -> str:
    said = where.startswith(("if ", "for ", "otherwise", "else")) or not where
    return where if said else f"if {where}"


def _line(latex: str, ascii_only: bool) -> str:
    return _written(deque(_TOKEN.findall(latex)), ascii_only)


def _written(tokens: deque[str], ascii_only: bool) -> str:
    """Write tokens up to the brace that closes them, which is taken too."""
    text = ""
    while tokens and (token := tokens.popleft()) != "}":
        if token.isspace() or token in _SPACES:
            text += "" if text.endswith(" ") else " "
        elif token == r"\quad":
            text = text.rstrip() + "  "
        elif token == "^":
            text = _raised(text, _argument(tokens, ascii_only), ascii_only)
        elif not _LOOKS.fullmatch(token):
            text += _piece(token, tokens, ascii_only)
    return text


def _piece(token: str, tokens: deque[str], ascii_only: bool) -> str:
    if token == "{":
        return _written(tokens, ascii_only)
    if token == "_":
        return "_" + _bracketed(_argument(tokens, ascii_only))
    if token in _FRACTIONS:
        above, below = (_argument(tokens, ascii_only).strip() for _ in range(2))
        return _fraction(above, below, ascii_only)
    if token == r"\sqrt":
        under = _argument(tokens, ascii_only)
        return f"sqrt({under})" if ascii_only else f"√({under})"
    # Any other command is a named function, such as \log, or a letter that LaTeX keeps for itself.
    word = _SYMBOLS[token][ascii_only] if token in _SYMBOLS else token.removeprefix("\\")
    follows = tokens[0] if tokens else ""
    runs_on = word.isascii() and word.isalpha() and re.fullmatch(r"\\[a-zA-Z]+", follows)
    return f"{word} " if runs_on and not _LOOKS.fullmatch(follows) else word


def _argument(tokens: deque[str], ascii_only: bool) -> str:
    while tokens and tokens[0].isspace():
        tokens.popleft()
    return _piece(tokens.popleft(), tokens, ascii_only) if tokens else ""


def _raised(base: str, power: str, ascii_only: bool) -> str:
    if re.search(r"(?<![A-Za-z])e$", base):
        return f"{base[:-1]}exp({power})"
    if power == "2" and not ascii_only:
        return f"{base}²"
    return f"{base}^{_bracketed(power)}"


def _fraction(above: str, below: str, ascii_only: bool) -> str:
    if (above, below) == ("1", "2") and not ascii_only:
        return "½"
    return f"{_bracketed(above)}/{_bracketed(below)}"


def _bracketed(part: str) -> str:
    """Put brackets around what has a space outside of brackets."""
    bare = part
    while bare != (bare := re.sub(r"\([^()]*\)", "", bare)):
        pass
    return f"({part})" if " " in bare.strip() or "=" in bare else part


_INDENT = 4
# Spaces where a line may end: before a condition or another equation, or else before a sign.
_BREAKS = re.compile(r"(?<=\S)  +(?=\S)|(?<=\S) (?=[-+=·*] )")


@dataclass(frozen=True, kw_only=True)
class FormulaLines:
    """What ``rich.console.Console.print`` shows of a formula in LaTeX."""

    latex: str
    ascii_only: bool = False

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        written = plain(self.latex, ascii_only=self.ascii_only)
        yield Text("\n".join(broken(line, options.max_width) for line in written.split("\n")))


def broken(line: str, width: int) -> str:
    """Break a line of a formula between its terms, outside of brackets as long as that will do.

    Example
        >>> print(broken("loss(z, y) = log(1 + exp(z)) - y z", 28))
        loss(z, y) = log(1 + exp(z))
            - y z
        >>> print(broken("x = (a + b)^2  if a > b", 16))
        x = (a + b)^2
            if a > b
    """
    if len(line) <= width:
        return line
    text = line.lstrip()
    start = len(line) - len(text)
    places = [found for found in _BREAKS.finditer(line) if found.start() <= width]
    best = min(places, key=_badness, default=None)
    # What the lines below begin under is not worth keeping where it leaves no room.
    if start > _INDENT and (best is None or len(best[0]) == 1):
        return broken(" " * _INDENT + text, width)
    if best is None:
        return line
    rest = " " * (min(start, _INDENT) + _INDENT) + line[best.end() :]
    return f"{line[: best.start()]}\n{broken(rest, width)}"


def _badness(place: re.Match[str]) -> tuple[bool, int, bool, int]:
    """Best at a wide gap, then outside of brackets, then at another sign than equality, late."""
    before, after = place.string[: place.start()], place.string[place.end() :]
    opened = before.count("(") - before.count(")") + before.count("|") % 2
    return len(place[0]) == 1, opened, after.startswith("="), -place.start()
