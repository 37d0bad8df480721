"""LL401: the arg-max over one column becomes a threshold.

The column p gets the column of the other class beside it: 1 - p for probabilities, -z for scores.
The arg-max of the two is the threshold at 0.5 or 0, and the function still gives what it gives.
"""

import ast

import torch
from torch import Tensor

from losslab.doctor.evidence.values import values_of
from losslab.doctor.prove.expression import Edit, Expression
from losslab.doctor.prove.fix import Call, Change, Fix, forms


def change(call: Call) -> Change | None:
    """Set the other class's column before the only one."""
    column, axis = call.get(0, "input"), call.get(1, "dim")
    axis = call.kwargs.get("axis") if axis is None else axis
    if not isinstance(column, Tensor) or not isinstance(axis, int) or column.shape[axis] != 1:
        return None
    threshold = threshold_of(call, column)
    both = torch.cat([2 * threshold - column, column], axis)
    args, kwargs = call.put(0, "input", both)
    edits = [] if call.expression is None else rewritten(call.expression, axis, threshold)
    return Change(args=args, kwargs=kwargs, edits=tuple(edits))


def threshold_of(call: Call, column: Tensor) -> float:
    """Say 0.5 for probabilities and 0 for scores."""
    origin = call.state.origin(column)
    if origin is not None:
        return 0.5 if origin.name in ("sigmoid", "hardsigmoid", "softmax") else 0.0
    values = values_of(column)
    return 0.5 if values is not None and values.within(0.0, 1.0) else 0.0


def rewritten(expression: Expression, axis: int, threshold: float) -> list[Edit]:
    """Write ``(p.squeeze(1) > 0.5).long()`` for the arg-max, or for ``_, name = max(...)``."""
    column = expression.operand(0, "input", method=True)
    node = expression.node
    if column is None or not isinstance(node, ast.Call):
        return []
    text = expression.text(column)
    if not isinstance(column, ast.Name | ast.Attribute | ast.Call | ast.Subscript):
        text = f"({text})"
    new = f"({text}.squeeze({axis}) > {threshold:g}).long()"
    called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if called == "argmax":
        return expression.replaced(node, new)
    statement = expression.statement()
    if isinstance(statement, ast.Assign) and statement.value is node:
        (target,) = statement.targets[:1]
        if isinstance(target, ast.Tuple) and len(target.elts) == 2:
            return expression.replaced(statement, f"{ast.unparse(target.elts[1])} = {new}")
    return []


MEND = Fix(
    rule="LL401",
    how="threshold in place of the arg-max",
    functions=lambda: forms("argmax", "max"),
    change=change,
)
