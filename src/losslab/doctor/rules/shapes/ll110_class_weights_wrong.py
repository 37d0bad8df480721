"""Class weights do not fit the classes, or ``ignore_index`` leaves one class only.

What it finds:
    ``weight`` or ``pos_weight`` of another length than the number of classes, where PyTorch raised;
    as a warning, weights that grow with the frequency of the classes; ``ignore_index`` that names
    one of two classes.

Why it hurts:
    Weights are meant to raise rare classes; proportional to the frequency they hide them. If one of
    two classes is ignored, a constant prediction is perfect.

Bad:
    net = nn.Linear(4, 2)
    for _ in range(4):
        loss = F.cross_entropy(net(x), binary.long(), ignore_index=0)

Good:
    net = nn.Linear(4, 2)
    for _ in range(4):
        loss = F.cross_entropy(net(x), binary.long(), ignore_index=-1)

Blind spots:
    ``ignore_index`` that names one of many classes: background and padding are left out on purpose.
    Weights that grow with the frequency, but not proportionally.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from losslab.doctor.events import Failed, LossCall
from losslab.doctor.evidence.axes import (
    OF_CLASSES,
    broadcast_shape,
    get_class_axis,
    has_one_index_each,
    is_integer,
)
from losslab.doctor.evidence.values import as_readable, sample
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

if TYPE_CHECKING:
    from torch import Size

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


Memory = dict[Place, Classes]


def on_failed(event: Failed, state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Compare lengths, where PyTorch raised."""
    given = event.arguments
    scores, target = as_readable(given.get("input")), as_readable(given.get("target"))
    if event.loss is None or scores is None or target is None or not scores.ndim:
        return
    for name in ("weight", "pos_weight"):
        weight = as_readable(given.get(name))
        if weight is None:
            continue
        if event.loss in OF_CLASSES:
            columns = scores.shape[get_class_axis(scores)]
            wrong = tuple(weight.shape) != (columns,)
            due = f"one value for each of the {columns} classes"
        else:
            wrong = event.loss in BINARY and target.shape == scores.shape
            wrong = wrong and not _broadcasts_to(scores.shape, weight.shape)
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


def _broadcasts_to(scores: "Size", weight: "Size") -> bool:
    pairs = zip(reversed(scores), reversed(weight), strict=False)
    matching = all(a == b or 1 in (a, b) for a, b in pairs)
    return matching and broadcast_shape(scores, weight) == tuple(scores)


def on_loss(call: LossCall, state: WatchState, memory: Memory) -> None:
    """Count the classes where there are weights, or where one of two classes is ignored."""
    target, scores = call.target, call.prediction
    if target is None or not call.due or not scores.ndim or not scores.numel():
        return
    if call.name in OF_CLASSES and is_integer(target) and has_one_index_each(scores, target):
        columns = scores.shape[get_class_axis(scores)]
        weight, ignored = call.arguments.get("weight"), call.arguments.get("ignore_index", -100)
        weights = None if weight is None else tuple(sample(weight).tolist())
    elif call.name == "bce_with_logits":
        columns, ignored = 2, None
        weights = _get_binary_weights(call.arguments.get("pos_weight"))
    else:
        return
    if weights is None and not (columns == 2 and ignored in (0, 1)):
        return
    classes = memory.setdefault(call.place, Classes(call.name, columns, weights, ignored))
    if classes.weights != weights:
        classes.weights = ()  # they depend on the batch
    classes.counts.update(sample(target).tolist())
    classes.calls += 1


def _get_binary_weights(pos_weight: Any) -> tuple[float, ...] | None:
    """Return the weights of both classes, from the single weight of the positive class."""
    one = pos_weight is not None and pos_weight.numel() == 1
    return (1.0, float(pos_weight.detach().reshape(()))) if one else None


def finish(state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Compare weights with frequencies, and check what is left of two classes."""
    for place, classes in memory.items():
        counts = [classes.counts[label] for label in range(classes.columns)]
        ignored, total = classes.ignored, sum(counts)
        if classes.columns == 2 and ignored in (0, 1) and counts[ignored]:
            if total >= LEAST_TARGETS:
                yield Diagnostic(
                    place=place,
                    message=f"ignore_index={ignored} leaves out {counts[ignored]} of {total} "
                    "targets looked at and with them one of the two classes; all that count are "
                    f"of class {1 - ignored}",
                    fix="leave ignore_index out, or use a label that is no class, such as -100 or "
                    "255",
                    count=classes.calls,
                )
        elif classes.weights and _in_proportion(classes.weights, counts):
            most = counts.index(max(counts))
            yield Diagnostic(
                place=place,
                message=f"the weights grow with the frequency: class {most} has "
                f"{counts[most] / total:.0%} of the targets looked at and, with "
                f"{classes.weights[most]:.3g}, the largest weight",
                fix="pos_weight = negatives / positives"
                if classes.loss == "bce_with_logits"
                else "weight = counts.sum() / (len(counts) * counts)",
                severity="warning",
                count=classes.calls,
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
