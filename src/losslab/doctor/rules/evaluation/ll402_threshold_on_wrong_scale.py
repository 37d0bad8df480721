"""Scores are compared with 0.5, which is a threshold for probabilities; or the reverse.

What it finds
    The output of a layer that ``binary_cross_entropy_with_logits`` trains, compared with 0.5 or
    rounded; the output of a sigmoid compared with 0 and then with labels of 0 and 1.

Why it hurts
    A score of 0.5 is a probability of 0.62: the model answers "no" too often. Every probability
    is above 0: the model answers "yes" always.

Bad
    net = nn.Linear(4, 1)
    scores = net(x).squeeze(1)
    loss = F.binary_cross_entropy_with_logits(scores, binary)
    accuracy = ((scores > 0.5) == binary).float().mean()

Good
    net = nn.Linear(4, 1)
    scores = net(x).squeeze(1)
    loss = F.binary_cross_entropy_with_logits(scores, binary)
    accuracy = ((scores > 0) == binary).float().mean()

Blind spots
    Scores turned into NumPy arrays first. Losses written by hand. A line that tries several
    thresholds. Labels that are themselves decided from a model's output.
"""

import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from losslab.doctor.events import Comparison, LossCall
from losslab.doctor.evidence.provenance import Origin
from losslab.doctor.evidence.values import values_of
from losslab.doctor.location import Place
from losslab.doctor.rule import Diagnostic, Rule
from losslab.doctor.watch_state import WatchState

if TYPE_CHECKING:
    from torch import Tensor

SCALES = ("linear", "sigmoid")


@dataclass
class Threshold:
    """What one place compares with which number, None if it tries several.

    ``scores`` counts how often trained scores met it, ``labels`` how often the answer was found
    compared with labels; ``probabilities`` tells whether nothing else met it.
    """

    border: float | None
    probabilities: bool = True
    scores: int = 0
    labels: int = 0


@dataclass
class Memory:
    """Weights of layers whose output is trained as scores, and places of thresholds."""

    heads: "dict[int, weakref.ref[Tensor]]" = field(default_factory=dict)
    thresholds: dict[Place, Threshold] = field(default_factory=dict)


def on_loss(call: LossCall, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Remember which layer makes the scores."""
    if call.name == "bce_with_logits":
        origin = case.came_from(call.prediction, "linear")
        weight = None if origin is None or origin.weight is None else origin.weight()
        if weight is not None and origin is not None and origin.weight is not None:
            memory.heads[id(weight)] = origin.weight
    return iter(())


def on_comparison(event: Comparison, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Look at what is compared with a number, and at what becomes of the answer."""
    if isinstance(event.right, float | int):
        if event.name not in ("eq", "ne"):
            _threshold(event, float(event.right), case, memory)
    elif event.name in ("eq", "ne"):
        for decision, labels in ((event.left, event.right), (event.right, event.left)):
            yield from _compared_with_labels(event, decision, labels, case, memory)


def _threshold(event: Comparison, border: float, case: WatchState, memory: Memory) -> None:
    origin = case.came_from(event.left, *SCALES)
    threshold = memory.thresholds.setdefault(event.place, Threshold(border))
    if threshold.border != border:
        threshold.border = None
    threshold.probabilities &= origin is not None and origin.name == "sigmoid"
    threshold.scores += _makes_scores(origin, memory)


def finish(case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report places where scores only ever met 0.5, and those where probabilities only met 0."""
    for place, threshold in memory.thresholds.items():
        if threshold.border == 0.5 and threshold.scores:
            yield Diagnostic(
                place=place,
                message="scores, which binary_cross_entropy_with_logits trains, are compared with "
                "0.5; that is a probability of 0.62",
                fix="scores > 0, or torch.sigmoid(scores) > 0.5",
                count=threshold.scores,
            )
        if threshold.border == 0 and threshold.probabilities and threshold.labels:
            yield Diagnostic(
                place=place,
                message="the output of a sigmoid is compared with 0; every probability is above it",
                fix="probabilities > 0.5",
                count=threshold.labels,
            )


def _compared_with_labels(
    event: Comparison, decision: Any, labels: Any, case: WatchState, memory: Memory
) -> Iterator[Diagnostic]:
    origin = case.came_from(decision, "threshold", "round")
    if origin is None or not event.due or not _are_labels(labels, case):
        return
    threshold = memory.thresholds.get(origin.place)
    if origin.name == "threshold" and threshold is not None:
        threshold.labels += 1
        # A probability of exactly 0 may be a mask.
        values = values_of(decision)
        threshold.probabilities &= values is not None and len(values.kinds) == 1
    if origin.name == "round" and _makes_scores(origin.of, memory):
        yield Diagnostic(
            place=origin.place,
            message="scores, which binary_cross_entropy_with_logits trains, are rounded and "
            "compared with labels 0 and 1; they are not confined to 0 and 1",
            fix="(scores > 0).float(), or torch.sigmoid(scores).round()",
        )


def _are_labels(tensor: "Tensor", case: WatchState) -> bool:
    """Whether values are 0 and 1, and no decision made of a model's output."""
    decided = case.came_from(tensor, "threshold", "round")
    values = values_of(tensor)
    mixed = values is not None and {0.0, 1.0} <= {*values.kinds}
    return mixed and (decided is None or decided.of is None)


def _makes_scores(origin: Origin | None, memory: Memory) -> bool:
    if origin is None or origin.name != "linear" or origin.weight is None:
        return False
    weight = origin.weight()
    known = memory.heads.get(id(weight))
    return weight is not None and known is not None and known() is weight


RULE = Rule(
    code="LL402",
    name="threshold-on-wrong-scale",
    severity="error",
    page=__doc__,
    handlers={LossCall: on_loss, Comparison: on_comparison},
    memory=Memory,
    finish=finish,
)
