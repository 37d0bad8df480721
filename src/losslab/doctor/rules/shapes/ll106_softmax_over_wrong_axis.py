"""Softmax ran along an axis that is not the class axis.

What it finds:
    nll_loss or cross_entropy whose input went through log-softmax or softmax along another axis
    than that of the classes; mse, l1, bce or kl_div of a softmax over the batch against a target
    whose rows sum to one.

Why it hurts:
    The rows are normalized over the batch: the prediction of a row depends on the other rows of its
    batch, and no row is a distribution over the classes. No exception is raised.

Bad:
    net = nn.Linear(4, 3)
    loss = F.nll_loss(F.log_softmax(net(x), dim=0), labels)

Good:
    net = nn.Linear(4, 3)
    loss = F.nll_loss(F.log_softmax(net(x), dim=1), labels)

Blind spots:
    The logarithm of a softmax. Softmax used only for argmax or accuracy. Normalizing along both
    axes one after the other, which is a method of its own.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from losslab.doctor.events import LossCall
from losslab.doctor.evidence.axes import OF_CLASSES, get_class_axis, is_integer
from losslab.doctor.evidence.provenance import Origin
from losslab.doctor.evidence.values import count_distributions
from losslab.doctor.rule import Diagnostic, NoMemory, Rule, WatchState

if TYPE_CHECKING:
    from torch import Tensor

NORMALISED = ("softmax", "log_softmax")
ELEMENTWISE = ("kl_div", "mse", "l1", "smooth_l1", "huber", "bce")


def on_loss(call: LossCall, state: WatchState, memory: NoMemory) -> Iterator[Diagnostic]:
    """Compare the axis of the softmax with the axis of the classes."""
    scores, target = call.prediction, call.target
    origin = state.find_origin(scores, *NORMALISED)
    if origin is None or origin.axis is None or target is None or scores.ndim < 2:
        return
    if origin.of is not None and origin.of.name in NORMALISED:
        return  # along both axes in turn
    if call.name in OF_CLASSES:
        # nll of a softmax has another mistake, which has its own rule.
        ours = call.name == "cross_entropy" or origin.name == "log_softmax"
        if ours and origin.axis != get_class_axis(scores) and not _is_similarity(scores, target):
            yield describe(call, origin, get_class_axis(scores))
    elif call.name in ELEMENTWISE and scores.ndim == 2 and origin.axis == -2 and call.due:
        across = target.shape == scores.shape and scores.shape[1] > 1
        if across and count_distributions(target, -1) and not count_distributions(target, -2):
            yield describe(call, origin, -1)


def _is_similarity(scores: "Tensor", target: "Tensor") -> bool:
    """Tell whether this is a square of similarities, of which only the diagonal counts."""
    square = scores.ndim == 2 and scores.shape[0] == scores.shape[1]
    return square and (not is_integer(target) or target.tolist() == list(range(len(scores))))


def describe(call: LossCall, origin: Origin, due: int) -> Diagnostic:
    """Name both axes, counted from the front."""
    ndim = call.prediction.ndim
    made, due = (origin.axis or 0) + ndim, due + ndim
    over = " (the batch)" if made == 0 else ""
    return Diagnostic(
        place=call.place,
        message=f"the input {tuple(call.prediction.shape)} of {call.name} was made by "
        f"{origin.name} at line {origin.place.line} along what is now axis {made}{over}; "
        f"the classes are along axis {due}",
        fix=f"{origin.name}(scores, dim={due})"
        if call.name != "cross_entropy"
        else "pass the scores themselves: cross_entropy has its own log-softmax",
    )


RULE = Rule(
    code="LL106",
    name="softmax-over-wrong-axis",
    severity="error",
    page=__doc__,
    handlers={LossCall: on_loss},
)
