"""After training, the loss is no lower than that of the best constant answer.

What it finds
    A mean squared error, cross-entropy or binary loss that after 64 calls in training is still as
    high as one fixed prediction would have it, given the targets seen.

Why it hurts
    The model has learned nothing from its inputs. It is a symptom: look for what keeps it from
    learning, such as the learning rate, the scale of the inputs, or an error shown here.

Bad
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-6)
    for _ in range(70):
        optimizer.zero_grad()
        F.mse_loss(net(x).squeeze(1), x.sum(1)).backward()
        optimizer.step()

Good
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-1)
    for _ in range(70):
        optimizer.zero_grad()
        F.mse_loss(net(x).squeeze(1), x.sum(1)).backward()
        optimizer.step()

Blind spots
    Runs of fewer than 64 steps. Weighted losses, and losses written by hand. A target that cannot
    be predicted looks the same.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

from losslab.doctor.events import LossCall
from losslab.doctor.evidence.values import sample
from losslab.doctor.location import Place
from losslab.doctor.rule import Diagnostic, Rule
from losslab.doctor.watch_state import WatchState

LEAST_CALLS = 64
LATE = 32
MOST_KINDS = 100
OF_VALUES = ("mse",)
OF_KINDS = ("cross_entropy", "nll", "bce", "bce_with_logits", "l1")


@dataclass
class Seen:
    """Targets and late losses at one place, these by round. ``kinds`` counts distinct targets."""

    name: str
    kinds: Counter[float] = field(default_factory=Counter)
    count: int = 0
    total: float = 0.0
    squares: float = 0.0
    late: dict[int, list[float]] = field(default_factory=dict)
    calls: int = 0


@dataclass
class Memory:
    """By place; None where the loss is of another kind."""

    places: dict[Place, Seen | None] = field(default_factory=dict)


def on_loss(call: LossCall, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Gather targets and the last losses."""
    seen = memory.places.get(call.place, Seen(call.name))
    if not call.due or seen is None or call.name not in (*OF_VALUES, *OF_KINDS):
        return iter(())
    target, given = call.target, call.arguments
    plain = not any(given.get(key) is not None for key in ("weight", "pos_weight"))
    plain = plain and call.reduction == "mean" and not given.get("label_smoothing")
    if target is None or not plain or not call.output.requires_grad or target.requires_grad:
        memory.places[call.place] = None
        return iter(())
    values = sample(target).double()
    if call.name in ("cross_entropy", "nll"):
        if target.is_floating_point():
            memory.places[call.place] = None
            return iter(())
        values = values[values != given.get("ignore_index", -100)]
    if call.name in OF_KINDS and len(seen.kinds) <= MOST_KINDS:
        seen.kinds.update(values.tolist())
    seen.count += values.numel()
    seen.total += float(values.sum())
    seen.squares += float((values**2).sum())
    seen.calls = call.number
    if call.number >= LATE and call.step >= LATE // 2:
        seen.late.setdefault(call.round, []).append(float(call.output.detach()))
    memory.places[call.place] = seen
    return iter(())


def finish(case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Compare the last losses with the constant's."""
    for place, seen in memory.places.items():
        if seen is None or seen.calls < LEAST_CALLS or len(seen.late) < 2:
            continue
        # Of several losses on the line none may be lower: some constant is below that of all.
        constant, last = best_constant(seen), [*chain(*list(seen.late.values())[-2:])]
        if constant is not None and constant > 0.01 and min(last) >= 0.98 * constant:
            yield Diagnostic(
                place=place,
                message=f"after {seen.calls} calls the loss is {last[-1]:.4g}; the best constant "
                f"answer has {constant:.4g}",
                fix="fit one batch first: a model that cannot do that has an error in its way",
            )


def best_constant(seen: Seen) -> float | None:
    """Give the loss of the best constant answer, or None if that is not known."""
    if not seen.count:
        return None
    if seen.name in OF_VALUES:
        return seen.squares / seen.count - (seen.total / seen.count) ** 2
    shares = [count / seen.kinds.total() for count in seen.kinds.values()]
    binary = set(seen.kinds) == {0.0, 1.0}
    if len(shares) > MOST_KINDS or (not binary and seen.name not in ("cross_entropy", "nll")):
        return None
    if seen.name == "l1":
        return min(shares)
    return -sum(share * math.log(share) for share in shares)


RULE = Rule(
    code="LL501",
    name="no-better-than-constant",
    severity="advice",
    page=__doc__,
    handlers={LossCall: on_loss},
    memory=Memory,
    finish=finish,
    symptom_of=("LL1", "LL2", "LL3"),
)
