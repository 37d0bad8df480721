"""A loss that expects the signs -1 and +1 gets 0 and 1, or the reverse.

What it finds:
    hinge_embedding, cosine_embedding, margin_ranking and soft_margin whose targets are 0 and 1,
    with zeros and never -1 in all calls looked at; bce and bce_with_logits whose targets are
    -1 and +1.

Why it hurts:
    With a target of 0 these losses are constant or mean something else, so half of the examples
    teach nothing. With -1 the binary losses have no lower bound.

Bad:
    net = nn.Linear(4, 1)
    loss = F.soft_margin_loss(net(x).squeeze(1), binary)

Good:
    net = nn.Linear(4, 1)
    loss = F.soft_margin_loss(net(x).squeeze(1), 2 * binary - 1)

Blind spots:
    A hinge loss written by hand. For margin_ranking, sorted pairs with ties.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from losslab.doctor.events import Failed, LossCall
from losslab.doctor.evidence.values import as_readable, summarize_values
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

WANT_SIGNS = ("hinge_embedding", "cosine_embedding", "margin_ranking", "soft_margin")
WANT_ZERO_ONE = ("bce", "bce_with_logits")
LEAST_TARGETS = 8


@dataclass
class Targets:
    """The targets of a loss at one place: how many, which values, in how many calls."""

    loss: str
    values: int = 0
    kinds: frozenset[float] = frozenset()
    calls: int = 0


Memory = dict[Place, Targets]


def on_loss(call: LossCall, state: WatchState, memory: Memory) -> None:
    """Collect the distinct values of the target."""
    known = call.name in WANT_SIGNS or (
        # Without a reduction or with weights, some targets may stand for "do not count".
        call.name in WANT_ZERO_ONE
        and call.reduction != "none"
        and call.arguments.get("weight") is None
    )
    if not known or call.target is None or not call.due:
        return
    values = summarize_values(call.target)
    if values is not None:
        targets = memory.setdefault(call.place, Targets(call.name))
        targets.values += call.target.numel()
        # More than three kinds are neither signs nor 0 and 1.
        targets.kinds |= frozenset(values.kinds or (values.lowest, values.highest, float("nan")))
        targets.calls += 1


def on_failed(event: Failed, state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Look for signs where PyTorch refused a target."""
    target = as_readable(event.arguments.get("target"))
    if event.loss in WANT_ZERO_ONE and target is not None and target.is_floating_point():
        values = summarize_values(target)
        if values is not None and values.kinds == (-1, 1):
            yield describe(event.place, event.loss, target.numel())


def finish(state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report the places where all values looked at are of the other kind."""
    for place, targets in memory.items():
        wrong: tuple[set[float], ...] = ({-1.0, 1.0}, {-1.0})
        if targets.loss in WANT_SIGNS:
            wrong = ({0.0}, {0.0, 1.0})
        if targets.values >= LEAST_TARGETS and targets.kinds in wrong:
            yield describe(place, targets.loss, targets.values, targets.calls)


def describe(place: Place, loss: str, values: int, calls: int = 1) -> Diagnostic:
    """Describe what the targets are and what they should be."""
    if loss in WANT_SIGNS:
        message = f"all {values} targets of {loss} looked at are 0 or 1; it wants -1 and +1"
        fix = "2 * target - 1"
    else:
        message = f"all {values} targets of {loss} looked at are -1 or +1; it wants 0 and 1"
        fix = "(target + 1) / 2, or F.soft_margin_loss(scores, target)"
    return Diagnostic(place=place, message=message, fix=fix, count=calls)


RULE = Rule(
    code="LL107",
    name="zero-one-for-signs",
    severity="error",
    page=__doc__,
    handlers={LossCall: on_loss, Failed: on_failed},
    memory=Memory,
    finish=finish,
)
