"""Class weights do not fit the classes, or ``ignore_index`` leaves one class only.

What it finds
    ``weight`` or ``pos_weight`` of another length than the classes, where PyTorch raised; as a
    warning, weights that grow as the classes' frequency does; ``ignore_index`` that names one of
    two classes.

Why it hurts
    Weights are there to lift rare classes; proportional to the frequency they hide them. With one
    of two classes ignored, the constant answer is perfect.

Bad
    net = nn.Linear(4, 2)
    for _ in range(4):
        loss = F.cross_entropy(net(x), binary.long(), ignore_index=0)

Good
    net = nn.Linear(4, 2)
    for _ in range(4):
        loss = F.cross_entropy(net(x), binary.long(), ignore_index=-1)

Blind spots
    ``ignore_index`` that names one of many classes: background and padding are left out on
    purpose. Weights that grow with the frequency, but not in proportion.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from losslab.doctor.events import Failed, LossCall
from losslab.doctor.evidence.axes import OF_CLASSES, class_axis, is_whole, one_index_each, stretched
from losslab.doctor.evidence.values import readable, sample
from losslab.doctor.location import Place
from losslab.doctor.rule import Diagnostic, Rule
from losslab.doctor.watch_state import WatchState

if TYPE_CHECKING:
    from torch import Size, Tensor

BINARY = ("bce", "bce_with_logits")
LEAST_TARGETS = 64
LEAST_EACH = 8
IMBALANCE = 3.0
# How far weight / frequency may differ between classes and still be in proportion.
SLACK = 1.5


@dataclass
class Classes:
    """The targets at one place, and the weights if they stay the same."""

    loss: str
    columns: int
    weights: tuple[float, ...] | None
    ignored: int | None
    counts: Counter[int] = field(default_factory=Counter)
    calls: int = 0


@dataclass
class Memory:
    """What was seen, by place."""

    places: dict[Place, Classes] = field(default_factory=dict)


def on_failed(event: Failed, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Compare lengths, where PyTorch raised."""
    given = event.arguments
    scores, target = readable(given.get("input")), readable(given.get("target"))
    if event.loss is None or scores is None or target is None or not scores.ndim:
        return
    for name in ("weight", "pos_weight"):
        weight = readable(given.get(name))
        if weight is None:
            continue
        if event.loss in OF_CLASSES:
            columns = scores.shape[class_axis(scores)]
            wrong = tuple(weight.shape) != (columns,)
            due = f"one value for each of the {columns} classes"
        else:
            wrong = event.loss in BINARY and target.shape == scores.shape
            wrong = wrong and not _fits(scores.shape, weight.shape)
            due = "one value for each column, or a shape that stretches to the scores"
        if wrong:
            yield Diagnostic(
                place=event.place,
                message=f"{name} {tuple(weight.shape)} does not fit scores {tuple(scores.shape)}; "
                f"{event.loss} wants {due}",
                fix="pos_weight=torch.tensor([negatives / positives]) for a single column"
                if name == "pos_weight"
                else "a weight per class in the order of the columns; per row: reduction='none', "
                "then (weight * loss).mean()",
            )


def _fits(scores: "Size", weight: "Size") -> bool:
    pairs = zip(reversed(scores), reversed(weight), strict=False)
    matching = all(a == b or 1 in (a, b) for a, b in pairs)
    return matching and stretched(scores, weight) == tuple(scores)


def on_loss(call: LossCall, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Count the classes where there are weights, or where one of two classes is ignored."""
    target, scores = call.target, call.prediction
    if target is None or not call.due or not scores.ndim or not scores.numel():
        return iter(())
    if call.name in OF_CLASSES and is_whole(target) and one_index_each(scores, target):
        columns = scores.shape[class_axis(scores)]
        weight, ignored = call.arguments.get("weight"), call.arguments.get("ignore_index", -100)
    elif call.name == "bce_with_logits":
        columns, weight, ignored = 2, _of_binary(call.arguments.get("pos_weight")), None
    else:
        return iter(())
    if weight is None and not (columns == 2 and ignored in (0, 1)):
        return iter(())
    weights = None if weight is None else tuple(sample(weight).tolist())
    seen = memory.places.setdefault(call.place, Classes(call.name, columns, weights, ignored))
    if seen.weights != weights:
        seen.weights = ()  # they depend on the batch
    seen.counts.update(sample(target).tolist())
    seen.calls += 1
    return iter(())


def _of_binary(pos_weight: Any) -> "Tensor | None":
    """Turn the single weight of "yes" into the weights of both classes."""
    if pos_weight is None or pos_weight.numel() != 1:
        return None
    one = pos_weight.detach().reshape(1)
    weights: Tensor = one.new_tensor([1.0, float(one)])
    return weights


def finish(case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Compare weights with frequencies, and see what is left of two classes."""
    for place, seen in memory.places.items():
        counts = [seen.counts[label] for label in range(seen.columns)]
        if seen.columns == 2 and seen.ignored in (0, 1) and counts[seen.ignored]:
            if sum(counts) >= LEAST_TARGETS:
                yield _swallowed(place, seen, counts)
        elif seen.weights and _in_proportion(seen.weights, counts):
            most = counts.index(max(counts))
            share = counts[most] / sum(counts)
            yield Diagnostic(
                place=place,
                message=f"the weights grow with the frequency: class {most} has {share:.0%} of the "
                f"targets looked at and, with {seen.weights[most]:.3g}, the largest weight",
                fix="pos_weight = negatives / positives"
                if seen.loss == "bce_with_logits"
                else "weight = counts.sum() / (len(counts) * counts)",
                severity="warning",
                count=seen.calls,
            )


def _swallowed(place: Place, seen: Classes, counts: list[int]) -> Diagnostic:
    other = 1 - (seen.ignored or 0)
    return Diagnostic(
        place=place,
        message=f"ignore_index={seen.ignored} leaves out {counts[seen.ignored or 0]} of "
        f"{sum(counts)} targets looked at and with them one of the two classes; all that count "
        f"are of class {other}",
        fix="leave ignore_index out, or use a label that is no class, such as -100 or 255",
        count=seen.calls,
    )


def _in_proportion(weights: tuple[float, ...], counts: list[int]) -> bool:
    if len(weights) != len(counts) or sum(counts) < LEAST_TARGETS or min(counts) < LEAST_EACH:
        return False
    ratios = [weight / count for weight, count in zip(weights, counts, strict=True)]
    imbalanced = max(counts) >= IMBALANCE * min(counts)
    return imbalanced and min(ratios) > 0 and max(ratios) <= SLACK * min(ratios)


RULE = Rule(
    code="LL110",
    name="class-weights-wrong",
    severity="error",
    page=__doc__,
    handlers={LossCall: on_loss, Failed: on_failed},
    memory=Memory,
    finish=finish,
)
