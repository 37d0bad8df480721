"""After training, the loss is no lower than that of the best constant prediction.

What it finds:
    A mean squared error, cross-entropy or binary loss that after 64 calls in training is still as
    high as that of one fixed prediction for the targets so far.

Why it hurts:
    The model has learned nothing from its inputs. This is a symptom: look for what keeps it from
    learning, such as the learning rate, the scale of the inputs, or an error reported here.

Bad:
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-6)
    for _ in range(70):
        optimizer.zero_grad()
        F.mse_loss(net(x).squeeze(1), x.sum(1)).backward()
        optimizer.step()

Good:
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-1)
    for _ in range(70):
        optimizer.zero_grad()
        F.mse_loss(net(x).squeeze(1), x.sum(1)).backward()
        optimizer.step()

Blind spots:
    Runs of fewer than 64 steps. Weighted losses, and losses written by hand. A target that cannot
    be predicted looks the same.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

from losslab.doctor.events import LossCall
from losslab.doctor.evidence.axes import OF_CLASSES
from losslab.doctor.evidence.records import Suspects
from losslab.doctor.evidence.values import sample
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

LEAST_CALLS = 64
LATE = 32
MOST_KINDS = 100
OF_VALUES = ("mse",)
OF_KINDS = (*OF_CLASSES, "bce", "bce_with_logits", "l1")


@dataclass
class Run:
    """Targets and late losses at one place, these by round. ``kinds`` counts distinct targets."""

    name: str
    kinds: Counter[float] = field(default_factory=Counter)
    count: int = 0
    total: float = 0.0
    total_squares: float = 0.0
    late: dict[int, list[float]] = field(default_factory=dict)
    calls: int = 0


# A loss of another kind rules a place out.
Memory = Suspects[Place, Run]


def on_loss(call: LossCall, state: WatchState, memory: Memory) -> None:
    """Collect targets and the last losses."""
    if not call.due or call.name not in (*OF_VALUES, *OF_KINDS):
        return
    run = memory.track(call.place, Run(call.name))
    target, given = call.target, call.arguments
    plain = not any(given.get(key) is not None for key in ("weight", "pos_weight"))
    plain = plain and call.reduction == "mean" and not given.get("label_smoothing")
    classes = call.name in OF_CLASSES
    if (
        run is None
        or target is None
        or not plain
        or not call.output.requires_grad
        or target.requires_grad
        or (classes and target.is_floating_point())
    ):
        memory.rule_out(call.place)
        return
    values = sample(target).double()
    if classes:
        values = values[values != given.get("ignore_index", -100)]
    if call.name in OF_KINDS and len(run.kinds) <= MOST_KINDS:
        run.kinds.update(values.tolist())
    run.count += values.numel()
    run.total += float(values.sum())
    run.total_squares += float((values**2).sum())
    run.calls = call.number
    if call.number >= LATE and call.step >= LATE // 2:
        run.late.setdefault(call.round, []).append(float(call.output.detach()))


def finish(state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Compare the last losses with the constant's."""
    for place, run in memory.items():
        if run.calls < LEAST_CALLS or len(run.late) < 2:
            continue
        # Of several losses on the line none may be lower: some constant is below that of all.
        constant, last = compute_constant_loss(run), [*chain(*list(run.late.values())[-2:])]
        if constant is not None and constant > 0.01 and min(last) >= 0.98 * constant:
            yield Diagnostic(
                place=place,
                message=f"after {run.calls} calls the loss is {last[-1]:.4g}; the best constant "
                f"answer has {constant:.4g}",
                fix="fit one batch first: a model that cannot do that has an error in its way",
            )


def compute_constant_loss(run: Run) -> float | None:
    """Compute the loss of the best constant answer; None if that is not known."""
    if not run.count:
        return None
    if run.name in OF_VALUES:
        return run.total_squares / run.count - (run.total / run.count) ** 2
    shares = [count / run.kinds.total() for count in run.kinds.values()]
    binary = set(run.kinds) == {0.0, 1.0}
    if len(shares) > MOST_KINDS or (not binary and run.name not in OF_CLASSES):
        return None
    if run.name == "l1":
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
