"""Small mistakes that one could make in a file: an operator, a number or a condition turned."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

COMPARED = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
}
COMPUTED = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "*"),
    ast.Pow: ("**", "*"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
}
JOINED = {ast.And: ("and", "or"), ast.Or: ("or", "and")}


@dataclass(frozen=True)
class Mutant:
    """One file with one mistake."""

    line: int
    old: str
    new: str
    text: str


def mutants_of(text: str) -> list[Mutant]:
    """Make every mutant of a module; strings, annotations and decorators stay as they are."""
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))

    def offset(line, column):
        return starts[line - 1] + len(lines[line - 1].encode()[:column].decode())

    found = []
    for node, old, new in _edits(ast.parse(text)):
        begin, end = (
            (offset(*place) for place in node)
            if isinstance(node, tuple)
            else (
                offset(node.lineno, node.col_offset),
                offset(node.end_lineno, node.end_col_offset),
            )
        )
        if isinstance(node, tuple):
            match = re.search(rf"(?<![<>=*/\w]){re.escape(old)}(?![<>=*/\w])", text[begin:end])
            begin, end = begin + match.start(), begin + match.end()
        replaced = new if new is not None else f"not ({text[begin:end]})"
        number = text.count("\n", 0, begin) + 1
        found.append(
            Mutant(number, text[begin:end], replaced, text[:begin] + replaced + text[end:])
        )
    return found


def _edits(node: ast.AST) -> Iterator[tuple]:
    """Walk a tree: what to replace, the text there (of an operator), and what to put there."""
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    for child in _children(node):
        yield from _edits(child)
    for kind, edits in EDITS.items():
        if isinstance(node, kind):
            yield from edits(node)


def _of_comparison(node: ast.Compare) -> Iterator[tuple]:
    operands = [node.left, *node.comparators]
    for left, right, op in zip(operands, operands[1:], node.ops, strict=False):
        yield _between(left, right), *COMPARED[type(op)]


def _of_operation(node: ast.BinOp) -> Iterator[tuple]:
    if type(node.op) in COMPUTED and not _is_text(node):
        yield _between(node.left, node.right), *COMPUTED[type(node.op)]


def _of_junction(node: ast.BoolOp) -> Iterator[tuple]:
    for left, right in zip(node.values, node.values[1:], strict=False):
        yield _between(left, right), *JOINED[type(node.op)]


def _of_sign(node: ast.UnaryOp) -> Iterator[tuple]:
    signs = {ast.Not: "not", ast.USub: "-", ast.Invert: "~"}
    if type(node.op) in signs:
        place = (node.lineno, node.col_offset), (node.operand.lineno, node.operand.col_offset)
        yield place, signs[type(node.op)], ""


def _of_update(node: ast.AugAssign) -> Iterator[tuple]:
    if type(node.op) in COMPUTED:
        old, new = COMPUTED[type(node.op)]
        yield _between(node.target, node.value), f"{old}=", f"{new}="


def _of_constant(node: ast.Constant) -> Iterator[tuple]:
    if isinstance(node.value, bool):
        yield node, "", str(not node.value)
    elif isinstance(node.value, int):
        yield node, "", str(node.value + 1)
    elif isinstance(node.value, float):
        yield node, "", repr(node.value * 2 if node.value else 1.0)


def _of_condition(node: ast.If | ast.IfExp | ast.While | ast.comprehension) -> Iterator[tuple]:
    for test in node.ifs if isinstance(node, ast.comprehension) else [node.test]:
        # What those are made of is turned already.
        if not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp):
            yield test, "", None


def _of_statement(node: ast.stmt) -> Iterator[tuple]:
    if isinstance(node, ast.Continue):
        yield node, "", "break"
    elif isinstance(node, ast.Break):
        yield node, "", "continue"
    elif isinstance(node, ast.Return):
        if node.value is not None and ast.unparse(node.value) != "None":
            yield node, "", "return None"
    elif isinstance(node, ast.Raise | ast.Assert) or isinstance(node.value, ast.Call):
        yield node, "", "pass"


EDITS = {
    ast.Compare: _of_comparison,
    ast.BinOp: _of_operation,
    ast.BoolOp: _of_junction,
    ast.UnaryOp: _of_sign,
    ast.AugAssign: _of_update,
    ast.Constant: _of_constant,
    ast.If | ast.IfExp | ast.While | ast.comprehension: _of_condition,
    ast.Continue | ast.Break | ast.Return | ast.Raise | ast.Assert | ast.Expr: _of_statement,
}


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a node that count when the module runs."""
    for name, value in ast.iter_fields(node):
        if name in {"decorator_list", "annotation", "returns"} or isinstance(node, ast.JoinedStr):
            continue
        if isinstance(node, ast.Assign) and _is_alias(node):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield child


def _is_alias(node: ast.Assign) -> bool:
    """Whether a line names a type: ``Rows = NDArray | list``."""
    return isinstance(node.value, ast.BinOp | ast.Subscript) and (
        ast.unparse(node.targets[0])[0].isupper() and "|" in ast.unparse(node.value)
    )


def _between(left: ast.expr, right: ast.expr) -> tuple:
    return (left.end_lineno, left.end_col_offset), (right.lineno, right.col_offset)


def _is_text(node: ast.BinOp) -> bool:
    """Whether texts are joined or filled in."""
    return any(
        isinstance(part, ast.JoinedStr)
        or (isinstance(part, ast.Constant) and isinstance(part.value, str))
        for part in (node.left, node.right)
    )
