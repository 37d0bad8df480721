"""LL201: cross-entropy gets the scores that went into the softmax."""

from torch import Tensor, finfo

from losslab.doctor.prove.fix import Call, Change, Fix, losses, recorded, target_of


def change(call: Call) -> Change | None:
    """Take the recorded scores, or logarithms of the probabilities, whose softmax they are."""
    _, given, _ = target_of(call)
    if not isinstance(given, Tensor):
        return None
    scores = recorded(call.state, given, "softmax")
    if scores is None:
        scores = given.clamp_min(finfo(given.dtype).tiny).log()
    args, kwargs = call.put(0, "input", scores)
    edits = []
    origin = call.state.origin(given)
    once = origin is None or "softmax" not in origin.chain()[1:]
    if call.expression is not None and once:
        edits = call.expression.suffixed(call.expression.operand(0, "input"), ".log()")
    return Change(args=args, kwargs=kwargs, edits=tuple(edits))


MEND = Fix(
    rule="LL201",
    how="scores in place of the softmax",
    functions=lambda: losses("cross_entropy"),
    change=change,
)
