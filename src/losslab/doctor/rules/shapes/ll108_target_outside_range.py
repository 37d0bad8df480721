"""A target lies outside the range that the loss is defined for.

What it finds:
    bce, bce_with_logits and multilabel_soft_margin with targets below 0 or above 1, such as masks
    of 0 and 255 or standardized images; poisson_nll with negative counts.

Why it hurts:
    Outside its range the loss has no lower bound: scores grow forever, and the loss becomes more
    and more negative.

Bad:
    net = nn.Linear(4, 1)
    loss = F.binary_cross_entropy_with_logits(net(x).squeeze(1), 255 * binary)

Good:
    net = nn.Linear(4, 1)
    loss = F.binary_cross_entropy_with_logits(net(x).squeeze(1), binary)

Blind spots:
    Without a reduction or with weights, targets outside may stand for "do not count". Targets
    between -0.3 and 1.3, which may be noisy labels on purpose.
"""

from collections.abc import Iterator

from losslab.doctor.events import Failed, LossCall
from losslab.doctor.evidence.values import Values, as_readable, summarize_values
from losslab.doctor.rule import Diagnostic, NoMemory, Place, Rule, WatchState

OF_PROBABILITIES = ("bce", "bce_with_logits", "multilabel_soft_margin")
NOISE = 0.3


def on_loss(call: LossCall, state: WatchState, memory: NoMemory) -> Iterator[Diagnostic]:
    """Check the target's range."""
    if call.name not in (*OF_PROBABILITIES, "poisson_nll") or call.target is None:
        return
    if not call.due or call.arguments.get("weight") is not None:
        return
    values = summarize_values(call.target)
    # A mask of 0 and 255 that never holds a 1 has no other label for "yes".
    if values is not None and (call.reduction != "none" or values.kinds == (0, 255)):
        yield from _check_range(call.place, call.name, values)


def on_failed(event: Failed, state: WatchState, memory: NoMemory) -> Iterator[Diagnostic]:
    """Check the target's range where PyTorch refused it."""
    target = as_readable(event.arguments.get("target"))
    if event.loss == "bce" and target is not None and target.is_floating_point():
        values = summarize_values(target)
        if values is not None:
            yield from _check_range(event.place, event.loss, values, noise=0)


def _check_range(
    place: Place, loss: str, values: Values, noise: float = NOISE
) -> Iterator[Diagnostic]:
    """Compare a range with what the loss is made for."""
    message = f"targets of {loss} lie between {values.lowest:.4g} and {values.highest:.4g}"
    if not values.finite:
        return
    if loss == "poisson_nll":
        if values.lowest < 0:
            yield Diagnostic(
                place=place,
                message=f"{message}; counts are never negative",
                fix="give the counts as they are, neither standardized nor as differences",
            )
    # Signs have a rule of their own.
    elif not values.within(-noise, 1 + noise) and not (values.kinds and {*values.kinds} <= {-1, 1}):
        yield Diagnostic(
            place=place, message=f"{message}; it is made for 0 to 1", fix=_choose_fix(values)
        )


def _choose_fix(values: Values) -> str:
    if values.lowest < 0:
        return "F.mse_loss for values that are no probabilities, or targets scaled to 0..1"
    if values.kinds and values.kinds[0] == 0 and len(values.kinds) == 2:
        return f"(target == {values.highest:g}).float()"
    if values.integral and values.highest > 2:
        return f"target / {255 if values.highest > 100 else values.highest:g}, if that is its scale"
    return "targets scaled to 0..1"


RULE = Rule(
    code="LL108",
    name="target-outside-range",
    severity="error",
    page=__doc__,
    handlers={LossCall: on_loss, Failed: on_failed},
)
