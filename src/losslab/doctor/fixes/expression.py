"""The expression of the user's source that is at work, and edits of it.

A frame knows line and columns of the call it is in, so the expression is found exactly, and its
operands can be named in a diff. All columns count bytes, as Python's do.
"""

import ast
import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from types import FrameType

from losslab.doctor.evidence.source import parse_source, read_source

Span = tuple[int, int, int, int]  # first line, its column, last line, its column


@dataclass(frozen=True, order=True)
class Edit:
    """Text that replaces what stands from ``start`` to ``end``: (line, column)."""

    file: str
    start: tuple[int, int]
    end: tuple[int, int]
    text: str


@dataclass(frozen=True)
class Expression:
    """A call, a comparison or arithmetic in a file of the user's."""

    file: str
    node: ast.expr

    def find_operand(self, place: int, name: str = "", *, method: bool = False) -> ast.expr | None:
        """Find an operand.

        Args:
            place: counted from 0.
            name: its keyword, if it may have one.
            method: whether ``a.eq(b)`` counts ``a`` as the first, as ``torch.eq(a, b)`` does.
        """
        node = self.node
        if isinstance(node, ast.BinOp):
            return (node.left, node.right)[place]
        if isinstance(node, ast.Compare):
            return (node.left, node.comparators[0])[place]
        if not isinstance(node, ast.Call):
            return None
        args = list(node.args)
        if method and isinstance(node.func, ast.Attribute) and not _is_module(node.func.value):
            args.insert(0, node.func.value)
        if any(isinstance(arg, ast.Starred) for arg in args):
            return None
        named = {keyword.arg: keyword.value for keyword in node.keywords}
        return args[place] if place < len(args) else named.get(name)

    def add_suffix(self, operand: ast.expr | None, suffix: str) -> list[Edit]:
        """Write something behind an operand, in brackets where it needs them."""
        if operand is None or operand.end_lineno is None or operand.end_col_offset is None:
            return []
        start = (operand.lineno, operand.col_offset)
        end = (operand.end_lineno, operand.end_col_offset)
        if isinstance(operand, ast.Name | ast.Attribute | ast.Call | ast.Subscript):
            return [Edit(self.file, end, end, suffix)]
        if not isinstance(self.node, ast.Call) and self._is_parenthesized(start, end):
            return [Edit(self.file, (end[0], end[1] + 1), (end[0], end[1] + 1), suffix)]
        return [Edit(self.file, start, start, "("), Edit(self.file, end, end, f"){suffix}")]

    def _is_parenthesized(self, start: tuple[int, int], end: tuple[int, int]) -> bool:
        lines = [line.encode() for line in read_source(self.file).splitlines()]
        before, after = lines[start[0] - 1][: start[1]], lines[end[0] - 1][end[1] :]
        return before.endswith(b"(") and after.startswith(b")")

    def replace(self, node: ast.AST, text: str) -> list[Edit]:
        """Write something in the place of an expression or a statement."""
        first, column, last, end = get_span(node)
        return [Edit(self.file, (first, column), (last, end), text)]

    def get_text(self, node: ast.expr) -> str:
        """Give an operand's source."""
        return ast.get_source_segment(read_source(self.file), node) or ""

    def find_statement(self) -> ast.stmt | None:
        """Give the innermost statement that the expression stands in."""
        found = None
        for node in ast.walk(parse_source(self.file, read_source(self.file))):
            if isinstance(node, ast.stmt) and any(one is self.node for one in ast.walk(node)):
                found = node  # outer statements come first
        return found


def find_expression(frame: FrameType) -> Expression | None:
    """Find the expression that a frame is in; None where there is no source."""
    position = next(islice(frame.f_code.co_positions(), frame.f_lasti // 2, None), None)
    if position is None or None in position:
        return None
    first, last, column, end = position
    file = frame.f_code.co_filename
    try:
        tree = parse_source(file, read_source(file))
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.Call | ast.BinOp | ast.Compare) and get_span(node) == (
            first,
            column,
            last,
            end,
        ):
            return Expression(file, node)
    return None


def get_span(node: ast.AST) -> Span:
    """Tell where a node stands."""
    one: ast.expr = node  # type: ignore[assignment]  # only statements and expressions come here
    return one.lineno, one.col_offset, one.end_lineno or one.lineno, one.end_col_offset or 0


def format_diff(edits: Iterable[Edit], source: str, name: str) -> str:
    r"""Write edits of one file as a diff.

    Examples:
        >>> edit = Edit("a.py", (1, 7), (1, 7), ".float()")
        >>> print(format_diff([edit], "f(x, y)\n", "a.py").splitlines()[-1])
        +f(x, y).float()
    """
    lines = source.encode().splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    text = b"".join(lines)
    spans = [
        (starts[e.start[0] - 1] + e.start[1], starts[e.end[0] - 1] + e.end[1], e.text)
        for e in dict.fromkeys(edits)
    ]
    parts, done = [], 0
    for start, end, new in sorted(spans, key=lambda span: span[:2]):
        if start >= done:
            parts += [text[done:start], new.encode()]
            done = end
    after = b"".join([*parts, text[done:]]).decode()
    made = difflib.unified_diff(
        source.splitlines(keepends=True), after.splitlines(keepends=True), name, name, n=1
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in made)


def _is_module(node: ast.expr) -> bool:
    """Tell whether this is ``torch``, ``F`` or ``torch.nn.functional``, and not a tensor."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id in ("torch", "F", "functional", "nn")
