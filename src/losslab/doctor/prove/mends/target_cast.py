"""LL102: the target gets the dtype of the prediction."""

from torch import Tensor

from losslab.doctor.prove.fix import Call, Change, Fix, losses, target_of


def change(call: Call) -> Change | None:
    """Cast the target."""
    place, prediction, target = target_of(call)
    if not isinstance(prediction, Tensor) or not isinstance(target, Tensor):
        return None
    if not prediction.is_floating_point() or target.is_floating_point():
        return None
    args, kwargs = call.put(place, "target", target.to(prediction.dtype))
    edits = []
    if call.expression is not None:
        edits = call.expression.suffixed(call.expression.operand(place, "target"), ".float()")
    return Change(args=args, kwargs=kwargs, edits=tuple(edits))


MEND = Fix(rule="LL102", how="target cast", functions=losses, change=change)
