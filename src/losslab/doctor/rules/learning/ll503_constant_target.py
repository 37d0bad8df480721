"""Every target in training is the same, or some classes never occur.

What it finds:
    A trained output layer all of whose targets, in every call, had one and the same value (advice
    if there were fewer than 32 calls); and, as advice, a classifier of up to 20 outputs some of
    which are no target's class.

Why it hurts:
    For a single value any constant prediction is perfect, so nothing is learned from the inputs:
    usually the wrong column was taken, or a cast or threshold made all labels equal.

Bad:
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(4):
        optimizer.zero_grad()
        target = (values > 100).float()
        F.binary_cross_entropy_with_logits(net(x).squeeze(1), target).backward()
        optimizer.step()

Good:
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(4):
        optimizer.zero_grad()
        target = (values > 0).float()
        F.binary_cross_entropy_with_logits(net(x).squeeze(1), target).backward()
        optimizer.step()

Blind spots:
    Losses written by hand, and outputs changed by hand before the loss. Batches of fewer than eight
    targets that are not ignored. Vocabularies, and maps of pixels or positions, where a class may
    well be absent, also for a layer that is trained by a loss of values too.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from losslab.doctor.events import Backward, LossCall, StepBegin
from losslab.doctor.evidence.axes import OF_CLASSES, get_class_axis, is_integer
from losslab.doctor.evidence.graph import get_stamp
from losslab.doctor.evidence.optimizers import get_parameters
from losslab.doctor.evidence.provenance import find_layer_weight
from losslab.doctor.evidence.records import WeakMap
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

if TYPE_CHECKING:
    from torch import Tensor

LOSSES = (
    *("cross_entropy", "nll", "bce", "bce_with_logits", "mse", "l1", "smooth_l1", "huber"),
    "poisson_nll",
)
LEAST_BATCH = 8
LEAST_TARGETS = 64
LEAST_STEPS = 3
# A short run may be a trial with made-up labels.
LEAST_CALLS = 32
MOST_CLASSES = 20
LEAST_PER_CLASS = 50
MOST_LOSSES = 1000
MOST_HEADS = 10_000
# A sum, mean or multiple of losses: operations between them and the tensor backward starts at.
_BETWEEN = ("Add", "Sub", "Mul", "Div", "Neg", "Mean", "Sum", "Stack", "Cat", "Unsqueeze", "View")


@dataclass
class Head:
    """An output layer and its targets: their one value so far, and the classes still missing."""

    place: Place
    constant: bool
    value: float | None = None
    missing: set[int] = field(default_factory=set)
    columns: int = 0
    targets: int = 0
    calls: int = 0
    trained: bool = False


@dataclass
class Memory:
    """Heads by their weight, and which operations computed the losses since the last step."""

    heads: WeakMap[Head] = field(default_factory=partial(WeakMap, keep=True))
    losses: set[tuple[str, int]] = field(default_factory=set)
    waiting: int = 0  # heads that no optimizer was seen to train


def on_loss(call: LossCall, state: WatchState, memory: Memory) -> None:
    """Compare the targets with those before, until they differ and all classes were seen."""
    target = call.target
    if not call.output.requires_grad or target is None or target.requires_grad:
        return
    operation = get_stamp(call.output)
    if operation is not None and len(memory.losses) < MOST_LOSSES:
        memory.losses.add(operation)
    weight = find_layer_weight(state.find_origin(call.prediction))
    if weight is None or call.name not in LOSSES:
        return
    target = target.detach()
    if call.name in OF_CLASSES and is_integer(target):
        target = target[target != call.arguments.get("ignore_index", -100)]
    if not target.numel():
        return
    head = memory.heads.get(weight)
    if head is None and len(memory.heads) < MOST_HEADS:
        head = memory.heads[weight] = _create_head(call)
        memory.waiting += 1
    if head is not None and (head.constant or head.missing):
        _compare(head, call, target)


def _create_head(call: LossCall) -> Head:
    """Create a head; of a table's classifier every class is expected that is not ignored."""
    scores, classes = call.prediction, call.name in OF_CLASSES
    # Of a single class there is only one label.
    head = Head(call.place, constant=not classes or scores.shape[get_class_axis(scores)] > 1)
    if classes and scores.ndim == 2 and head.constant:
        head.columns = scores.shape[1]
        if head.columns <= MOST_CLASSES:
            head.missing = set(range(head.columns)) - {call.arguments.get("ignore_index", -100)}
    return head


def _compare(head: Head, call: LossCall, target: "Tensor") -> None:
    head.targets += target.numel()
    head.calls += 1
    if call.prediction.ndim != 2 or call.name not in OF_CLASSES or not is_integer(target):
        head.missing = set()
    if head.missing:
        head.missing.difference_update(target.tolist())
    if head.constant:
        value = float(target.reshape(-1)[0])
        head.value = value if head.value is None else head.value
        alike = head.value == value and bool((target == value).all())
        head.constant = alike and target.numel() >= LEAST_BATCH


def on_backward(event: Backward, state: WatchState, memory: Memory) -> None:
    """Clear all heads if part of the loss is written by hand: it may hold the other targets."""
    heads = [head for head in memory.heads.values() if head.constant]
    if heads and not _consist_of(event.losses, memory.losses):
        for head in heads:
            head.constant = False


def _consist_of(losses: "Iterable[Tensor]", known: set[tuple[str, int]]) -> bool:
    """Tell whether losses are known ones, or sums and multiples of those."""
    waiting: list[Any] = [loss.grad_fn for loss in losses]
    visited: set[Any] = set()
    while waiting:
        node = waiting.pop()
        if node is None or (node.name(), node._sequence_nr()) in known or node in visited:
            continue
        visited.add(node)
        if not node.name().startswith(_BETWEEN):
            return False
        waiting += [following for following, _ in node.next_functions]
    return True


def on_step(event: StepBegin, state: WatchState, memory: Memory) -> None:
    """Record which heads are trained."""
    memory.losses.clear()
    for parameter in get_parameters(event.optimizer) if memory.waiting else ():
        head = memory.heads.get(parameter)
        if head is not None and not head.trained:
            head.trained = True
            memory.waiting -= 1


def finish(state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report trained heads with targets of one value, or without some of their classes."""
    if state.steps < LEAST_STEPS:
        return
    for head in memory.heads.values():
        if not head.trained or head.targets < LEAST_TARGETS:
            continue
        if head.constant:
            yield Diagnostic(
                place=head.place,
                message=f"all {head.targets} targets in {head.calls} calls are {head.value:g}",
                fix="print(target.unique()): look for the step that makes them alike",
                severity="warning" if head.calls >= LEAST_CALLS else "advice",
                count=head.calls,
            )
        elif head.missing and head.targets >= LEAST_PER_CLASS * head.columns:
            listed = ", ".join(map(str, sorted(head.missing)))
            yield Diagnostic(
                place=head.place,
                message=f"{head.columns} outputs, but class {listed} is in none of "
                f"{head.targets} targets",
                fix="number the classes that occur 0, 1, 2, ..., with one output for each",
                severity="advice",
                count=head.calls,
            )


RULE = Rule(
    code="LL503",
    name="constant-target",
    severity="warning",
    page=__doc__,
    handlers={LossCall: on_loss, Backward: on_backward, StepBegin: on_step},
    memory=Memory,
    finish=finish,
    symptom_of=("LL1",),
)
