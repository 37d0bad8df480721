"""NLL gets an input that is not log-probabilities.

What it finds:
    ``nll_loss`` (``nn.NLLLoss``) whose input is the output of softmax, sigmoid, tanh, ReLU and
    similar functions, exp or a linear layer; as a warning, input of unknown origin with a row that
    has values above and below zero, or that is itself a distribution.

Why it hurts:
    The loss is minus the input at the target's class. Without a logarithm it has no lower bound:
    raw scores grow forever, and with probabilities the mean absolute error is trained instead.

Bad:
    net = nn.Sequential(nn.Linear(4, 3), nn.ReLU())
    loss = F.nll_loss(net(x), labels)

Good:
    net = nn.Sequential(nn.Linear(4, 3), nn.LogSoftmax(dim=1))
    loss = F.nll_loss(net(x), labels)

Blind spots:
    Rows below zero that are not normalized: masked classes look the same. Rows above zero that do
    not sum to one: log-probabilities times a negative reward look the same.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from losslab.doctor.events import LossCall
from losslab.doctor.evidence.axes import get_class_axis
from losslab.doctor.evidence.provenance import NO_LOGARITHMS, describe_origin
from losslab.doctor.evidence.values import count_distributions, sample_rows
from losslab.doctor.fixes.call_fix import Call, CallFix, Change, find_activation_input
from losslab.doctor.rule import Diagnostic, NoMemory, Rule, WatchState

if TYPE_CHECKING:
    from torch import Tensor

ROUNDING = 0.01
FIX = "F.cross_entropy(scores, target), or F.nll_loss(scores.log_softmax(1), target)"


def on_loss(call: LossCall, state: WatchState, memory: NoMemory) -> Iterator[Diagnostic]:
    """Check where the input comes from, else look for values that no logarithm has."""
    if call.name != "nll":
        return
    origin = state.find_origin(call.prediction)
    if origin is not None and origin.name in NO_LOGARITHMS:
        message = f"the input of nll is {describe_origin(origin)}, and not log-probabilities"
        yield Diagnostic(place=call.place, message=message, fix=FIX)
    elif origin is None and call.due:
        highest = find_highest(call.prediction)
        if highest is not None:
            yield Diagnostic(
                place=call.place,
                message=f"the input of nll has values up to {highest:.3g}; the logarithm of "
                "a probability is never above 0",
                fix=FIX,
                severity="warning",
            )


def find_highest(scores: "Tensor") -> float | None:
    """Return the highest value, if there are some that no logarithm of a probability has.

    A row of one sign may be log-probabilities times a reward, unless it sums to one.
    """
    rows = sample_rows(scores, get_class_axis(scores))
    if not rows.numel() or not bool(rows.isfinite().all()):
        return None
    # log(p + 1e-8) may be a rounding above zero.
    mixed = (rows > ROUNDING).any(1) & (rows < 0).any(1)
    if bool(mixed.any()):
        return float(rows[mixed].max())
    return float(rows.max()) if count_distributions(rows, -1) else None


def take_logarithm(call: Call) -> Change | None:
    """Pass the log-softmax of the scores before softmax or ReLU, over the class axis."""
    _, given, _ = call.get_loss_arguments()
    if given is None or not given.ndim:
        return None
    axis = min(1, given.ndim - 1)
    scores = find_activation_input(call.state, given, "softmax", "relu")
    origin = call.state.find_origin(given)
    # The log-softmax of what ReLU let through is not that of the scores.
    suffixes = {"softmax": ".log()", "linear": f".log_softmax({axis})"}
    suffix = "" if origin is None else suffixes.get(origin.name, "")
    logs = (given if scores is None else scores).log_softmax(axis)
    return call.replace(0, "input", logs, suffix)


RULE = Rule(
    code="LL202",
    name="nll-without-log-probabilities",
    severity="error",
    page=__doc__,
    handlers={LossCall: on_loss},
    call_fix=CallFix(
        title="log-softmax of the scores",
        apply=take_logarithm,
        losses=("nll",),
    ),
)
