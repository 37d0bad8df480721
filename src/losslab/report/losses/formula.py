"""LaTeX formulas as plain text for a terminal, with line breaks between terms."""

import re
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult


# Each command in Unicode and in ASCII.
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
# Commands for fonts, accents and the size of brackets.
_STYLES = re.compile(
    r"\\(bar|hat|tilde|math(bb|bf|cal|rm)|boldsymbol|text|operatorname|left|right|[bB]ig[lr]?|!)"
)
_SPACES = frozenset((r"\,", r"\:", r"\;", r"\ "))
_FRACTIONS = frozenset((r"\frac", r"\tfrac", r"\dfrac"))
_TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|\s+|.", re.DOTALL)
_CASES = re.compile(r"\\begin\{cases\}(.*?)\\end\{cases\}", re.DOTALL)


def format_latex(latex: str, *, ascii_only: bool = False) -> str:
    r"""Convert a formula to plain text, with a line for each of its cases.

    Args:
        latex: the formula of a loss.
        ascii_only: use no character beyond ASCII.

    Examples:
        >>> format_latex(r"\ell(p, y) = (p - y)^2", ascii_only=True)
        'loss(p, y) = (p - y)^2'
        >>> format_latex(r"\frac{a + b}{c} + e^{z} + \max(0,\; x)")
        '(a + b)/c + exp(z) + max(0, x)'
        >>> half = r"\begin{cases} \frac{1}{2} x & x > 0 \\ 0 & \text{otherwise} \end{cases}"
        >>> print(format_latex(half))
        ½ x  if x > 0
        0    otherwise
    """

    def convert(part: str) -> str:
        return _convert_group(deque(_TOKEN.findall(part)), ascii_only)

    before, *cases_and_after = _CASES.split(latex)
    text = convert(before)
    if not cases_and_after:
        return text.strip()
    cases, after = cases_and_after
    rows = [
        [convert(cell).strip() for cell in row.split("&")]
        for row in cases.split(r"\\")
        if row.strip()
    ]
    width = max(len(row[0]) for row in rows)
    lines = [
        f"{value:<{width}}  {_format_condition(*condition)}".rstrip() for value, *condition in rows
    ]
    indent = "\n" + " " * len(text)
    return text.lstrip() + indent.join(lines) + convert(after).rstrip()


def _format_condition(condition: str = "") -> str:
    complete = not condition or condition.startswith(("if ", "for ", "otherwise", "else"))
    return condition if complete else f"if {condition}"


def _convert_group(tokens: deque[str], ascii_only: bool) -> str:
    """Convert tokens up to and including the brace that closes them."""
    text = ""
    while tokens and (token := tokens.popleft()) != "}":
        if token.isspace() or token in _SPACES:
            text += "" if text.endswith(" ") else " "
        elif token == r"\quad":
            text = text.rstrip() + "  "
        elif token == "^":
            text = _append_power(text, _convert_argument(tokens, ascii_only), ascii_only)
        elif not _STYLES.fullmatch(token):
            text += _convert_token(token, tokens, ascii_only)
    return text


def _convert_token(token: str, tokens: deque[str], ascii_only: bool) -> str:
    if token == "{":
        return _convert_group(tokens, ascii_only)
    if token == "_":
        return "_" + _add_brackets(_convert_argument(tokens, ascii_only))
    if token in _FRACTIONS:
        above, below = (_convert_argument(tokens, ascii_only).strip() for _ in range(2))
        if (above, below) == ("1", "2") and not ascii_only:
            return "½"
        return f"{_add_brackets(above)}/{_add_brackets(below)}"
    if token == r"\sqrt":
        argument = _convert_argument(tokens, ascii_only)
        return f"sqrt({argument})" if ascii_only else f"√({argument})"
    # Any other command is a named function, such as \log, or an escaped character.
    word = _SYMBOLS[token][ascii_only] if token in _SYMBOLS else token.removeprefix("\\")
    following = tokens[0] if tokens else ""
    touches = word.isascii() and word.isalpha() and re.fullmatch(r"\\[a-zA-Z]+", following)
    return f"{word} " if touches and not _STYLES.fullmatch(following) else word


def _convert_argument(tokens: deque[str], ascii_only: bool) -> str:
    while tokens and tokens[0].isspace():
        tokens.popleft()
    return _convert_token(tokens.popleft(), tokens, ascii_only) if tokens else ""


def _append_power(base: str, power: str, ascii_only: bool) -> str:
    if re.search(r"(?<![A-Za-z])e$", base):
        return f"{base[:-1]}exp({power})"
    if power == "2" and not ascii_only:
        return f"{base}²"
    return f"{base}^{_add_brackets(power)}"


def _add_brackets(part: str) -> str:
    """Put brackets around what has a space outside of brackets."""
    bare = part
    while bare != (bare := re.sub(r"\([^()]*\)", "", bare)):
        pass
    return f"({part})" if " " in bare.strip() or "=" in bare else part


_INDENT = 4
# Spaces where a line may break: before a condition or another equation, or else before a sign.
_BREAKS = re.compile(r"(?<=\S)  +(?=\S)|(?<=\S) (?=[-+=·*] )")


@dataclass(frozen=True, kw_only=True)
class FormulaLines:
    """A rich renderable of a formula in LaTeX."""

    latex: str
    ascii_only: bool = False

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        lines = format_latex(self.latex, ascii_only=self.ascii_only).split("\n")
        yield Text("\n".join(break_line(line, options.max_width) for line in lines))


def break_line(line: str, width: int) -> str:
    """Break a line of a formula between its terms, outside of brackets if possible.

    Examples:
        >>> print(break_line("loss(z, y) = log(1 + exp(z)) - y z", 28))
        loss(z, y) = log(1 + exp(z))
            - y z
        >>> print(break_line("x = (a + b)^2  if a > b", 16))
        x = (a + b)^2
            if a > b
    """
    if len(line) <= width:
        return line
    text = line.lstrip()
    start = len(line) - len(text)
    breaks = [found for found in _BREAKS.finditer(line) if found.start() <= width]
    best = min(breaks, key=_rate_break, default=None)
    # A deep indentation is given up if it leaves no space for the text.
    if start > _INDENT and (best is None or len(best[0]) == 1):
        return break_line(" " * _INDENT + text, width)
    if best is None:
        return line
    rest = " " * (min(start, _INDENT) + _INDENT) + line[best.end() :]
    return f"{line[: best.start()]}\n{break_line(rest, width)}"


def _rate_break(found: re.Match[str]) -> tuple[bool, int, bool, int]:
    """Prefer a wide gap, then outside of brackets, then another sign than equality, then late."""
    before, after = found.string[: found.start()], found.string[found.end() :]
    depth = before.count("(") - before.count(")") + before.count("|") % 2
    return len(found[0]) == 1, depth, after.startswith("="), -found.start()
