"""A loss is negative whose minimum is zero.

What it finds
    A negative value of ``bce_with_logits`` or ``cross_entropy`` without negative weights; as an
    error, of ``kl_div`` of values below zero against a target whose rows are distributions.

Why it hurts
    Inputs or targets are not what the formula takes them for: targets outside [0, 1], or scores in
    the place of log-probabilities. Then it has no minimum, and the scores grow without end.

Bad
    target = torch.randn(32, 3).softmax(1)
    loss = F.kl_div(F.logsigmoid(5 + nn.Linear(4, 3)(x)), target, reduction="batchmean")

Good
    target = torch.randn(32, 3).softmax(1)
    loss = F.kl_div(F.log_softmax(5 + nn.Linear(4, 3)(x), 1), target, reduction="batchmean")

Blind spots
    Losses without a reduction, whose single terms may be negative. Half precision. Wrong values
    that happen to leave the loss positive. Negative rewards as the only entry of a target's row.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from losslab.doctor.events import LossCall
from losslab.doctor.evidence.axes import class_axis
from losslab.doctor.evidence.values import sample_rows, values_of, whole_rows
from losslab.doctor.rule import Diagnostic, Nothing, Rule
from losslab.doctor.watch_state import WatchState

if TYPE_CHECKING:
    from torch import Tensor

LOSSES = ("kl_div", "cross_entropy", "bce_with_logits")
ROUNDING = 1e-3


def on_loss(call: LossCall, case: WatchState, memory: Nothing) -> Iterator[Diagnostic]:
    """Look at the value, and ask of a negative one whether it may be right."""
    if call.name not in LOSSES or not call.due or call.output.ndim or call.target is None:
        return
    # Half precision rounds each term to three digits, which may leave less than zero.
    if call.output.element_size() < 4:
        return
    value = float(call.output.detach())
    if not value < -ROUNDING:
        return
    if call.name == "kl_div":
        # Of input above zero LL205 says more.
        given = values_of(call.prediction)
        below = given is not None and given.finite and given.highest <= 0.01
        normal = whole_rows(call.prediction.detach().exp())
        if below and not normal and _distribution(call, call.target):
            yield _seen(call, value, "the input's rows are no log-probabilities", "error")
    elif not _negative_weights(call) and not _meant(call, call.target):
        values = values_of(call.target)
        if values is not None:
            span = f"{values.lowest:.3g} to {values.highest:.3g}"
            yield _seen(call, value, f"the target holds values from {span}", "warning")


def _seen(call: LossCall, value: float, what: str, severity: Any) -> Diagnostic:
    return Diagnostic(
        place=call.place,
        message=f"{call.name} is {value:.3g}, below its minimum 0: {what}",
        fix="scores.log_softmax(1) as the input of kl_div; targets in [0, 1] for the others",
        severity=severity,
    )


def _distribution(call: LossCall, target: "Tensor") -> bool:
    """Whether the target's rows along the last or the class axis sum to one."""
    if target.shape != call.prediction.shape:
        return False
    return whole_rows(target.exp() if call.arguments.get("log_target") else target)


def _negative_weights(call: LossCall) -> bool:
    given = [call.arguments.get(name) for name in ("weight", "pos_weight")]
    return any(bool((weight < 0).any()) for weight in given if weight is not None)


def _meant(call: LossCall, target: "Tensor") -> bool:
    """Whether a target with negative entries may be meant: rewards, or less than no smoothing."""
    if call.name != "cross_entropy" or target.shape != call.prediction.shape or not target.ndim:
        return False
    rows = sample_rows(target, class_axis(target))
    sums_to_one = bool(((rows.sum(-1) - 1).abs() < 1e-3).all())
    return sums_to_one or bool(((rows != 0).sum(-1) <= 1).all())


RULE = Rule(
    code="LL212",
    name="loss-below-its-minimum",
    severity="warning",
    page=__doc__,
    handlers={LossCall: on_loss},
    symptom_of=("LL1", "LL20"),
)
