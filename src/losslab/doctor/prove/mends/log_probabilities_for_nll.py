"""LL202: NLL gets the log-softmax of the recorded scores."""

from torch import Tensor

from losslab.doctor.prove.fix import Call, Change, Fix, losses, recorded, target_of


def change(call: Call) -> Change | None:
    """Take the scores before softmax or ReLU, and their log-softmax over the class axis."""
    _, given, _ = target_of(call)
    if not isinstance(given, Tensor) or not given.ndim:
        return None
    axis = min(1, given.ndim - 1)
    scores = recorded(call.state, given, "softmax", "relu")
    args, kwargs = call.put(0, "input", (given if scores is None else scores).log_softmax(axis))
    origin = call.state.origin(given)
    edits = []
    # The log-softmax of what ReLU let through is not that of the scores.
    if call.expression is not None and origin is not None and origin.name in ("linear", "softmax"):
        suffix = ".log()" if origin.name == "softmax" else f".log_softmax({axis})"
        edits = call.expression.suffixed(call.expression.operand(0, "input"), suffix)
    return Change(args=args, kwargs=kwargs, edits=tuple(edits))


MEND = Fix(
    rule="LL202",
    how="log-softmax of the scores",
    functions=lambda: losses("nll"),
    change=change,
)
