"""BCE-with-logits gets probabilities instead of scores.

What it finds:
    ``binary_cross_entropy_with_logits`` (``nn.BCEWithLogitsLoss``) whose input went through
    sigmoid or softmax.

Why it hurts:
    The loss applies the sigmoid itself. Scores between 0 and 1 mean probabilities of at least a
    half, so a row of class 0 costs at least 0.693 and one of class 1 at least 0.313.

Bad:
    net = nn.Sequential(nn.Linear(4, 1), nn.Sigmoid())
    loss = F.binary_cross_entropy_with_logits(net(x).squeeze(1), binary)

Good:
    net = nn.Linear(4, 1)
    loss = F.binary_cross_entropy_with_logits(net(x).squeeze(1), binary)

Blind spots:
    Probabilities of unknown origin: scores may lie between 0 and 1 as well.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from losslab.doctor.events import LossCall
from losslab.doctor.fixes.call_fix import Call, CallFix, Change, undo_activation
from losslab.doctor.rule import Diagnostic, NoMemory, Rule, WatchState

if TYPE_CHECKING:
    from torch import Tensor


def on_loss(call: LossCall, state: WatchState, memory: NoMemory) -> Iterator[Diagnostic]:
    """Check where the input comes from."""
    if call.name != "bce_with_logits":
        return
    origin = state.find_origin(call.prediction, "sigmoid", "softmax")
    if origin is not None:
        yield Diagnostic(
            place=call.place,
            message=f"the input of bce_with_logits went through {origin.name} at line "
            f"{origin.place.line}: rows of class 0 cost at least 0.693, of class 1 0.313",
            fix="pass the scores themselves, or F.binary_cross_entropy(p, target)",
        )


def undo_sigmoid(call: Call) -> Change | None:
    """Pass the recorded scores, or the log-odds of the probabilities."""

    def invert(probabilities: "Tensor") -> "Tensor":
        from torch import finfo

        return probabilities.logit(finfo(probabilities.dtype).eps)

    return undo_activation(call, "sigmoid", invert, ".logit()")


RULE = Rule(
    code="LL203",
    name="sigmoid-before-bce-with-logits",
    severity="error",
    page=__doc__,
    handlers={LossCall: on_loss},
    call_fix=CallFix(
        title="scores in place of the sigmoid",
        apply=undo_sigmoid,
        losses=("bce_with_logits",),
    ),
)
