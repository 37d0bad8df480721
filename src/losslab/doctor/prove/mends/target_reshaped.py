"""LL101: the target gets the shape of the prediction."""

from typing import Any

from torch import Tensor

from losslab.doctor.evidence.axes import column_against_row
from losslab.doctor.intercept.losses import loss_functions
from losslab.doctor.prove.fix import Call, Change, Fix, axis_suffix, forms, losses, target_of


def functions() -> frozenset[Any]:
    """Losses, and differences by hand."""
    return losses() | forms("sub", "subtract", "__sub__", "__rsub__", "rsub")


def change(call: Call) -> Change | None:
    """Reshape the second operand like the first."""
    by_hand = call.function not in loss_functions()
    place, prediction, target = (1, *call.args[:2]) if by_hand else target_of(call)
    if not isinstance(prediction, Tensor) or not isinstance(target, Tensor):
        return None
    if not column_against_row(prediction.shape, target.shape):
        return None
    args, kwargs = call.put(place, "target", target.reshape(prediction.shape))
    edits = []
    if call.expression is not None:
        operand = call.expression.operand(place, "target", method=by_hand)
        suffix = axis_suffix(target.shape, prediction.shape)
        edits = call.expression.suffixed(operand, suffix)
    return Change(args=args, kwargs=kwargs, edits=tuple(edits))


MEND = Fix(rule="LL101", how="target reshaped", functions=functions, change=change)
