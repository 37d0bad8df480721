"""Predicted and true classes have different shapes and are compared as a matrix.

What it finds:
    ``==`` or ``!=`` of predictions (a threshold, arg-max or rounding of shape (N, 1)) with labels
    of shape (N,), or the reverse.

Why it hurts:
    The result is an N x N matrix: every prediction is compared with every label. The count of hits
    divided by N exceeds 1, and the mean compares predictions with the labels of other rows.

Bad:
    net = nn.Linear(4, 1)
    accuracy = ((net(x) > 0).float() == binary).float().mean()

Good:
    net = nn.Linear(4, 1)
    accuracy = ((net(x).squeeze(1) > 0).float() == binary).float().mean()

Blind spots:
    Comparisons in NumPy. Predictions of unknown origin, as masks of equal labels look the same. A
    row that counts 0, 1, 2, ...: class numbers that turn a column into one-hot rows.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from losslab.doctor.events import Comparison
from losslab.doctor.evidence.axes import format_pairs, is_column_against_row
from losslab.doctor.evidence.values import as_tensor
from losslab.doctor.fixes.call_fix import Call, CallFix, Change, format_axis_call
from losslab.doctor.rule import Diagnostic, NoMemory, Rule, WatchState

if TYPE_CHECKING:
    from torch import Tensor

SCORES = {"linear", "softmax", "log_softmax", "sigmoid"}
DECISIONS = ("threshold", "argmax", "round", "sigmoid", "linear")


def on_comparison(event: Comparison, state: WatchState, memory: NoMemory) -> Iterator[Diagnostic]:
    """Compare the shapes of a decision and of labels."""
    left, right = event.left, event.right
    if event.name not in ("eq", "ne") or isinstance(right, float | int):
        return
    if not is_column_against_row(left.shape, right.shape):
        return
    origins = [state.find_origin(side, *DECISIONS) for side in (left, right)]
    decided = [origin is not None for origin in origins]
    if all(decided):  # labels may be the arg-max of one-hot rows
        decided = [
            origin is not None and not SCORES.isdisjoint(origin.chain()) for origin in origins
        ]
    if decided[0] != decided[1] and not _counts_up(right if decided[0] else left):
        yield Diagnostic(
            place=event.place,
            message=f"left {tuple(left.shape)}, right {tuple(right.shape)}: the comparison is over "
            f"all {format_pairs(left.shape, right.shape)} pairs",
            fix="prediction.squeeze(1) == target: the same shape on both sides",
        )


def _counts_up(labels: "Tensor") -> bool:
    flat = labels.detach().reshape(-1)
    return bool((flat == flat.new_ones(flat.shape).cumsum(0) - 1).all())


def reshape_column(call: Call) -> Change | None:
    """Reshape the side with more axes like the other."""
    sides = [side for side in map(as_tensor, call.args[:2]) if side is not None]
    if len(sides) < 2:
        return None
    if not is_column_against_row(sides[0].shape, sides[1].shape):
        return None
    position = 0 if sides[0].ndim > sides[1].ndim else 1
    column, other = sides[position], sides[1 - position]
    suffix = format_axis_call(column.shape, other.shape)
    return call.replace(position, "other", column.reshape(other.shape), suffix, method=True)


RULE = Rule(
    code="LL403",
    name="compared-as-matrix",
    severity="error",
    page=__doc__,
    handlers={Comparison: on_comparison},
    call_fix=CallFix(
        title="compared row by row",
        apply=reshape_column,
        functions=("eq", "ne", "__eq__", "__ne__", "not_equal"),
    ),
)
