"""LL203: BCE-with-logits gets the scores that went into the sigmoid."""

from torch import Tensor, finfo

from losslab.doctor.prove.fix import Call, Change, Fix, losses, recorded, target_of


def change(call: Call) -> Change | None:
    """Take the recorded scores, or the log-odds of the probabilities."""
    _, given, _ = target_of(call)
    if not isinstance(given, Tensor):
        return None
    scores = recorded(call.state, given, "sigmoid")
    if scores is None:
        scores = given.logit(finfo(given.dtype).eps)
    args, kwargs = call.put(0, "input", scores)
    edits = []
    origin = call.state.origin(given)
    once = origin is None or "sigmoid" not in origin.chain()[1:]
    if call.expression is not None and once:
        edits = call.expression.suffixed(call.expression.operand(0, "input"), ".logit()")
    return Change(args=args, kwargs=kwargs, edits=tuple(edits))


MEND = Fix(
    rule="LL203",
    how="scores in place of the sigmoid",
    functions=lambda: losses("bce_with_logits"),
    change=change,
)
