"""LL403: the column in a comparison gets the shape of the other side."""

from typing import Any

from torch import Tensor

from losslab.doctor.evidence.axes import column_against_row
from losslab.doctor.prove.fix import Call, Change, Fix, axis_suffix, forms


def functions() -> frozenset[Any]:
    """Equality in all its forms."""
    return forms("eq", "ne", "__eq__", "__ne__", "not_equal")


def change(call: Call) -> Change | None:
    """Reshape the side with more axes."""
    if len(call.args) < 2 or not all(isinstance(side, Tensor) for side in call.args[:2]):
        return None
    if not column_against_row(call.args[0].shape, call.args[1].shape):
        return None
    place = 0 if call.args[0].ndim > call.args[1].ndim else 1
    column, other = call.args[place], call.args[1 - place]
    args, kwargs = call.put(place, "other", column.reshape(other.shape))
    edits = []
    if call.expression is not None:
        operand = call.expression.operand(place, "other", method=True)
        edits = call.expression.suffixed(operand, axis_suffix(column.shape, other.shape))
    return Change(args=args, kwargs=kwargs, edits=tuple(edits))


MEND = Fix(rule="LL403", how="compared row by row", functions=functions, change=change)
