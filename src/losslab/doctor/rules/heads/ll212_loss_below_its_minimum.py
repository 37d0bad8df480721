"""A loss whose minimum is zero is negative.

What it finds:
    A negative value of ``bce_with_logits`` or ``cross_entropy`` without negative weights; as an
    error, of ``kl_div`` of values below zero against a target whose rows are distributions.

Why it hurts:
    Inputs or targets are not what the formula expects: targets outside [0, 1], or scores in place
    of log-probabilities. Then it has no minimum, and the scores grow without bound.

Bad:
    target = torch.randn(32, 3).softmax(1)
    loss = F.kl_div(F.logsigmoid(5 + nn.Linear(4, 3)(x)), target, reduction="batchmean")

Good:
    target = torch.randn(32, 3).softmax(1)
    loss = F.kl_div(F.log_softmax(5 + nn.Linear(4, 3)(x), 1), target, reduction="batchmean")

Blind spots:
    Losses without a reduction, whose single terms may be negative. Half precision. Wrong values
    that happen to leave the loss positive. Negative rewards as the only entry of a target's row.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from losslab.doctor.events import LossCall
from losslab.doctor.evidence.axes import get_class_axis
from losslab.doctor.evidence.values import count_class_distributions, sample_rows, summarize_values
from losslab.doctor.finding import Severity
from losslab.doctor.rule import Diagnostic, NoMemory, Rule, WatchState

if TYPE_CHECKING:
    from torch import Tensor

LOSSES = ("kl_div", "cross_entropy", "bce_with_logits")
ROUNDING = 1e-3


def on_loss(call: LossCall, state: WatchState, memory: NoMemory) -> Iterator[Diagnostic]:
    """Check the value, and whether a negative one may be right."""
    if call.name not in LOSSES or not call.due or call.output.ndim or call.target is None:
        return
    # Half precision rounds each term to three digits, which may leave less than zero.
    if call.output.element_size() < 4:
        return
    value = float(call.output.detach())
    cause = _find_cause(call, call.target) if value < -ROUNDING else None
    if cause is not None:
        severity: Severity = "error" if call.name == "kl_div" else "warning"
        yield Diagnostic(
            place=call.place,
            message=f"{call.name} is {value:.3g}, below its minimum 0: {cause}",
            fix="scores.log_softmax(1) as the input of kl_div; targets in [0, 1] for the others",
            severity=severity,
        )


def _find_cause(call: LossCall, target: "Tensor") -> str | None:
    if call.name == "kl_div":
        # Of input above zero LL205 says more.
        given = summarize_values(call.prediction)
        below = given is not None and given.finite and given.highest <= 0.01
        normal = count_class_distributions(call.prediction.detach().exp())
        if below and not normal and target.shape == call.prediction.shape:
            target = target.exp() if call.arguments.get("log_target") else target
            return (
                "the input's rows are no log-probabilities"
                if count_class_distributions(target)
                else None
            )
        return None
    weights = [call.arguments.get(name) for name in ("weight", "pos_weight")]
    if any(bool((weight < 0).any()) for weight in weights if weight is not None):
        return None
    values = None if _may_be_meant(call, target) else summarize_values(target)
    if values is None:
        return None
    return f"the target holds values from {values.lowest:.3g} to {values.highest:.3g}"


def _may_be_meant(call: LossCall, target: "Tensor") -> bool:
    """Tell whether a target may be negative on purpose: rewards, or less than no smoothing."""
    if call.name != "cross_entropy" or target.shape != call.prediction.shape or not target.ndim:
        return False
    rows = sample_rows(target, get_class_axis(target))
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
