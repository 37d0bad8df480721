"""Predicted and true classes have different shapes and are compared as a matrix.

What it finds
    ``==`` or ``!=`` of predictions (a threshold, arg-max or rounding of shape (N, 1)) with labels
    of shape (N,), or the reverse.

Why it hurts
    The result is an N x N matrix: every prediction is compared with every label. A count of hits
    divided by N exceeds 1, and a mean is the agreement of strangers.

Bad
    net = nn.Linear(4, 1)
    accuracy = ((net(x) > 0).float() == binary).float().mean()

Good
    net = nn.Linear(4, 1)
    accuracy = ((net(x).squeeze(1) > 0).float() == binary).float().mean()

Blind spots
    Comparisons in NumPy. Predictions of unknown origin, as masks of equal labels look the same.
"""

from collections.abc import Iterator

from losslab.doctor.case import Case
from losslab.doctor.events import Comparison
from losslab.doctor.evidence.broadcast import column_against_row, stretched
from losslab.doctor.rule import Nothing, Rule, Sighting

DECISIONS = ("threshold", "argmax", "round", "sigmoid", "linear")


def on_comparison(event: Comparison, case: Case, memory: Nothing) -> Iterator[Sighting]:
    """Compare the shapes of a decision and what is no decision."""
    left, right = event.left, event.right
    if event.name not in ("eq", "ne") or isinstance(right, float | int):
        return
    if not column_against_row(left.shape, right.shape):
        return
    decided = [case.came_from(side, *DECISIONS) is not None for side in (left, right)]
    if decided[0] != decided[1]:
        shape = stretched(left.shape, right.shape)
        yield Sighting(
            place=event.place,
            message=f"left {tuple(left.shape)}, right {tuple(right.shape)}: the comparison is over "
            f"all {' x '.join(map(str, shape))} pairs",
            fix="prediction.squeeze(1) == target: the same shape on both sides",
        )


RULE = Rule(
    code="LL403",
    name="compared-as-matrix",
    severity="error",
    page=__doc__,
    handlers={Comparison: on_comparison},
)
