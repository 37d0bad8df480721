"""The predicted class is the arg-max over a single column, which is always 0.

What it finds:
    ``argmax`` or ``max(...).indices`` of a model's output over an axis of length one, in every call
    at that line; for outputs of unknown origin, only if the result is compared with 0/1 labels. For
    ``max``, whose values may be all that is wanted, only if the indices are used.

Why it hurts:
    The argmax of a single value is always 0, whatever the model has learned. The accuracy is the
    share of class 0.

Bad:
    net = nn.Sequential(nn.Linear(4, 1), nn.Sigmoid())
    accuracy = (net(x).argmax(dim=1) == binary).float().mean()

Good:
    net = nn.Sequential(nn.Linear(4, 1), nn.Sigmoid())
    accuracy = ((net(x).squeeze(1) > 0.5) == binary).float().mean()

Blind spots:
    Outputs converted to NumPy arrays first. Batches of one row.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from losslab.doctor.events import Comparison, Cut, Reduction
from losslab.doctor.evidence.provenance import Origin, find_layer_weight
from losslab.doctor.evidence.records import Suspects
from losslab.doctor.evidence.values import as_tensor, summarize_values
from losslab.doctor.fixes.call_fix import Call, CallFix, Change
from losslab.doctor.fixes.expression import Edit, Expression
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

if TYPE_CHECKING:
    from torch import Tensor

OUTPUTS = ("linear", "sigmoid", "softmax", "log_softmax", "relu", "tanh")


@dataclass
class Calls:
    """The calls at one place on one layer's output, as long as all were over one column.

    ``output``: of a model's output; ``used``: its indices were; ``labels``: with 0/1 labels.
    """

    rows: int = 0
    count: int = 0
    output: bool = False
    used: bool = False
    labels: bool = False


# By place and layer, 0 if unknown: several models may be evaluated in one line. A call over more
# columns rules a place out, as a list of candidates may be one long.
Memory = Suspects[tuple[Place, int], Calls]


def on_reduction(event: Reduction, state: WatchState, memory: Memory) -> None:
    """Check how long the axis is."""
    if event.name not in ("argmax", "max") or event.axis is None or not event.input.ndim:
        return
    key = event.place, _identify_layer(state.find_origin(event.input))
    calls = memory.track(key, Calls())
    if event.input.shape[event.axis] != 1:
        memory.rule_out(key)
    elif calls is not None:
        calls.rows += event.input.numel()
        calls.count += 1
        last = event.axis == -1 and event.input.ndim >= 2
        calls.output |= last and state.find_origin(event.input, *OUTPUTS) is not None
        calls.used |= event.name == "argmax"


def on_cut(event: Cut, state: WatchState, memory: Memory) -> None:
    """Detect indices taken out as numbers."""
    calls = _find_calls(state.find_origin(event.input, "argmax"), memory)
    if calls is not None and event.name in ("item", "numpy", "tolist"):
        calls.used = True


def _identify_layer(origin: Origin | None) -> int:
    """Return the id of the weight of the layer that a tensor's values go back to."""
    weight = find_layer_weight(origin)
    return 0 if weight is None else id(weight)


def _find_calls(origin: Origin | None, memory: Memory) -> Calls | None:
    """Find the calls that an arg-max came from."""
    return None if origin is None else memory.get((origin.place, _identify_layer(origin.of)))


def on_comparison(event: Comparison, state: WatchState, memory: Memory) -> None:
    """Detect a result compared with labels."""
    if event.name not in ("eq", "ne") or isinstance(event.right, float | int):
        return
    for guess, labels in ((event.left, event.right), (event.right, event.left)):
        calls = _find_calls(state.find_origin(guess, "argmax"), memory)
        if calls is not None and not calls.labels:
            values = summarize_values(labels)
            calls.used = True
            calls.labels = values is not None and values.kinds == (0.0, 1.0)


def finish(state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report places where every call was over one column."""
    for (place, _), calls in memory.items():
        # One value in all may be a batch of one row, or a beam of one.
        if calls.rows > calls.count and (calls.labels or (calls.output and calls.used)):
            yield Diagnostic(
                place=place,
                message=f"arg-max over an axis of length 1: all {calls.rows} predictions are 0",
                fix="(prediction.squeeze(1) > 0.5) for probabilities, > 0 for scores",
                count=calls.count,
            )


def add_other_class(call: Call) -> Change | None:
    """Set the other class's column before the only one.

    It is 1 - p for probabilities and -z for scores. The arg-max of the two is the threshold at 0.5
    or 0, and the function still returns what it returns.
    """
    from torch import cat

    column, axis = as_tensor(call.get(0, "input")), call.get(1, "dim")
    axis = call.kwargs.get("axis") if axis is None else axis
    if column is None or not isinstance(axis, int) or column.shape[axis] != 1:
        return None
    threshold = _choose_threshold(call, column)
    change = call.replace(0, "input", cat([2 * threshold - column, column], axis))
    edits = [] if call.expression is None else _rewrite(call.expression, axis, threshold)
    return Change(args=change.args, kwargs=change.kwargs, edits=tuple(edits))


def _choose_threshold(call: Call, column: "Tensor") -> float:
    """Return 0.5 for probabilities and 0 for scores."""
    origin = call.state.find_origin(column)
    if origin is not None:
        return 0.5 if origin.name in ("sigmoid", "hardsigmoid", "softmax") else 0.0
    values = summarize_values(column)
    return 0.5 if values is not None and values.within(0.0, 1.0) else 0.0


def _rewrite(expression: Expression, axis: int, threshold: float) -> list[Edit]:
    """Write ``(p.squeeze(1) > 0.5).long()`` for the arg-max, or for ``_, name = max(...)``."""
    column = expression.find_operand(0, "input", method=True)
    node = expression.node
    if column is None or not isinstance(node, ast.Call):
        return []
    text = expression.get_text(column)
    if not isinstance(column, ast.Name | ast.Attribute | ast.Call | ast.Subscript):
        text = f"({text})"
    new = f"({text}.squeeze({axis}) > {threshold:g}).long()"
    if isinstance(node.func, ast.Attribute) and node.func.attr == "argmax":
        return expression.replace(node, new)
    match expression.find_statement():
        case ast.Assign([ast.Tuple([_, classes]), *_], value) as statement if value is node:
            return expression.replace(statement, f"{ast.unparse(classes)} = {new}")
    return []


RULE = Rule(
    code="LL401",
    name="argmax-over-one-column",
    severity="error",
    page=__doc__,
    handlers={Reduction: on_reduction, Comparison: on_comparison, Cut: on_cut},
    memory=Memory,
    finish=finish,
    call_fix=CallFix(
        title="threshold in place of the arg-max",
        apply=add_other_class,
        functions=("argmax", "max"),
    ),
)
