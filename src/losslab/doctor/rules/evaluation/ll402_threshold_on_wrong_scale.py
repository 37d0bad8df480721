"""Scores are compared with 0.5, which is a threshold for probabilities; or the reverse.

What it finds:
    The output of a layer that ``binary_cross_entropy_with_logits`` trains, compared with 0.5 or
    rounded; the output of a sigmoid compared with 0 and then with labels of 0 and 1.

Why it hurts:
    A score of 0.5 is a probability of 0.62: the model answers "no" too often. Every probability
    is above 0: the model answers "yes" always.

Bad:
    net = nn.Linear(4, 1)
    scores = net(x).squeeze(1)
    loss = F.binary_cross_entropy_with_logits(scores, binary)
    accuracy = ((scores > 0.5) == binary).float().mean()

Good:
    net = nn.Linear(4, 1)
    scores = net(x).squeeze(1)
    loss = F.binary_cross_entropy_with_logits(scores, binary)
    accuracy = ((scores > 0) == binary).float().mean()

Blind spots:
    Scores converted to NumPy arrays first. Losses written by hand. A line that tries several
    thresholds. Labels that are themselves derived from a model's output.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from losslab.doctor.events import Comparison, LossCall
from losslab.doctor.evidence.provenance import Origin, find_layer_weight
from losslab.doctor.evidence.records import WeakMap
from losslab.doctor.evidence.values import summarize_values
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

if TYPE_CHECKING:
    from torch import Tensor


@dataclass
class Threshold:
    """The number that one place compares with; None if it tries several.

    ``scores`` counts how often trained scores met it, ``labels`` how often the answer was
    compared with labels; ``probabilities`` tells whether nothing else met it.
    """

    border: float | None
    probabilities: bool = True
    scores: int = 0
    labels: int = 0


@dataclass
class Memory:
    """Weights of layers whose output is trained as scores, and places of thresholds."""

    heads: WeakMap[bool] = field(default_factory=WeakMap)
    thresholds: dict[Place, Threshold] = field(default_factory=dict)


def on_loss(call: LossCall, state: WatchState, memory: Memory) -> None:
    """Remember which layer computes the scores."""
    if call.name == "bce_with_logits":
        weight = find_layer_weight(state.find_origin(call.prediction, "linear"))
        if weight is not None:
            memory.heads[weight] = True


def on_comparison(event: Comparison, state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Check what is compared with a number, and what becomes of the answer."""
    if not isinstance(event.right, float | int):
        if event.name in ("eq", "ne"):
            yield from _check_decision(event, event.left, event.right, state, memory)
            yield from _check_decision(event, event.right, event.left, state, memory)
    elif event.name not in ("eq", "ne"):
        border, origin = float(event.right), state.find_origin(event.left, "linear", "sigmoid")
        threshold = memory.thresholds.setdefault(event.place, Threshold(border))
        if threshold.border != border:
            threshold.border = None
        threshold.probabilities &= origin is not None and origin.name == "sigmoid"
        threshold.scores += _has_trained_scores(origin, memory)


def finish(state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
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


def _check_decision(
    event: Comparison, decision: Any, labels: Any, state: WatchState, memory: Memory
) -> Iterator[Diagnostic]:
    """Check a decision that is compared with labels."""
    origin = state.find_origin(decision, "threshold", "round")
    if origin is None or not event.due or not _are_labels(labels, state):
        return
    threshold = memory.thresholds.get(origin.place)
    if origin.name == "threshold" and threshold is not None:
        threshold.labels += 1
        # A probability of exactly 0 may be a mask.
        values = summarize_values(decision)
        threshold.probabilities &= values is not None and len(values.kinds) == 1
    if origin.name == "round" and _has_trained_scores(origin.of, memory):
        yield Diagnostic(
            place=origin.place,
            message="scores, which binary_cross_entropy_with_logits trains, are rounded and "
            "compared with labels 0 and 1; they are not confined to 0 and 1",
            fix="(scores > 0).float(), or torch.sigmoid(scores).round()",
        )


def _are_labels(tensor: "Tensor", state: WatchState) -> bool:
    """Tell whether values are 0 and 1, and no decision made of a model's output."""
    decided = state.find_origin(tensor, "threshold", "round")
    values = summarize_values(tensor)
    mixed = values is not None and {0.0, 1.0} <= {*values.kinds}
    return mixed and (decided is None or decided.of is None)


def _has_trained_scores(origin: Origin | None, memory: Memory) -> bool:
    raw = origin is not None and origin.name == "linear"
    return raw and find_layer_weight(origin) in memory.heads


RULE = Rule(
    code="LL402",
    name="threshold-on-wrong-scale",
    severity="error",
    page=__doc__,
    handlers={LossCall: on_loss, Comparison: on_comparison},
    memory=Memory,
    finish=finish,
)
