"""Every target of the training is the same, or some classes never occur.

What it finds
    An output layer that is trained and all of whose targets, in every call, had one and the same
    value (advice if there were fewer than 32 calls); and, as advice, a classifier of up to 20
    outputs for some of which no target ever came.

Why it hurts
    Against one value any constant answer is perfect, so nothing is learned of the inputs: as a
    rule the wrong column was taken, or a cast or threshold made all labels alike.

Bad
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(4):
        optimizer.zero_grad()
        target = (values > 100).float()
        F.binary_cross_entropy_with_logits(net(x).squeeze(1), target).backward()
        optimizer.step()

Good
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(4):
        optimizer.zero_grad()
        target = (values > 0).float()
        F.binary_cross_entropy_with_logits(net(x).squeeze(1), target).backward()
        optimizer.step()

Blind spots
    Losses written by hand, and outputs changed by hand before the loss. Batches of fewer than
    eight targets that count. Vocabularies, and maps of pixels or places, where a class may well be
    absent, as from a layer that is also trained by a loss of values.
"""

import weakref
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from losslab.doctor.events import Backward, LossCall, StepBegin
from losslab.doctor.evidence.axes import OF_CLASSES, class_axis, is_whole
from losslab.doctor.evidence.graph import stamp
from losslab.doctor.location import Place
from losslab.doctor.rule import Diagnostic, Rule
from losslab.doctor.watch_state import WatchState, parameters_of

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

    weight: "weakref.ref[Tensor]"
    place: Place
    value: float | None = None
    missing: set[int] = field(default_factory=set)
    columns: int = 0
    targets: int = 0
    calls: int = 0
    constant: bool = True
    trained: bool = False


@dataclass
class Memory:
    """Heads by the id of their weight, and which operations made the losses since the last step.

    ``waiting`` has the heads that no optimizer was seen to train.
    """

    heads: dict[int, Head] = field(default_factory=dict)
    losses: set[tuple[str, int]] = field(default_factory=set)
    waiting: set[int] = field(default_factory=set)


def on_loss(call: LossCall, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Compare the targets with those before, until they differ and all classes were seen."""
    target = call.target
    if not call.output.requires_grad or target is None or target.requires_grad:
        return iter(())
    made = stamp(call.output)
    if made is not None and len(memory.losses) < MOST_LOSSES:
        memory.losses.add(made)
    weight = _weight_behind(call.prediction, case)
    if weight is None or call.name not in LOSSES:
        return iter(())
    target = _counted(call, target.detach())
    if not target.numel():
        return iter(())
    head = memory.heads.get(id(weight))
    if head is None or head.weight() is not weight:
        if len(memory.heads) >= MOST_HEADS:
            return iter(())
        head = memory.heads[id(weight)] = Head(weakref.ref(weight), call.place)
        memory.waiting.add(id(weight))
        # Of a single class there is only one label.
        scores = call.prediction
        head.constant = call.name not in OF_CLASSES or scores.shape[class_axis(scores)] > 1
        _expect_classes(head, call)
    if head.constant or head.missing:
        _compare(head, call, target)
    return iter(())


def _counted(call: LossCall, target: "Tensor") -> "Tensor":
    """The targets that count: a loss of classes ignores some."""
    if call.name not in OF_CLASSES or not is_whole(target):
        return target
    return target[target != call.arguments.get("ignore_index", -100)]


def _weight_behind(prediction: "Tensor", case: WatchState) -> "Tensor | None":
    origin = case.origin(prediction)
    while origin is not None and origin.name != "linear":
        origin = origin.of
    return None if origin is None or origin.weight is None else origin.weight()


def _expect_classes(head: Head, call: LossCall) -> None:
    """Expect every class of a table's classifier; a class that is ignored is not missed."""
    if call.name in OF_CLASSES and call.prediction.ndim == 2 and head.constant:
        head.columns = call.prediction.shape[1]
        if head.columns <= MOST_CLASSES:
            head.missing = set(range(head.columns)) - {call.arguments.get("ignore_index", -100)}


def _compare(head: Head, call: LossCall, target: "Tensor") -> None:
    head.targets += target.numel()
    head.calls += 1
    if call.prediction.ndim != 2 or call.name not in OF_CLASSES or not is_whole(target):
        head.missing = set()
    if head.missing:
        head.missing.difference_update(target.tolist())
    if head.constant:
        value = float(target.reshape(-1)[0])
        head.value = value if head.value is None else head.value
        alike = head.value == value and bool((target == value).all())
        head.constant = alike and target.numel() >= LEAST_BATCH


def on_backward(event: Backward, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """A loss with a part written by hand may hold the other targets."""
    open_heads = [head for head in memory.heads.values() if head.constant]
    if open_heads and not _only_of(event.losses, memory.losses):
        for head in open_heads:
            head.constant = False
    return iter(())


def _only_of(losses: "Iterable[Tensor]", known: set[tuple[str, int]]) -> bool:
    """Tell whether losses are known ones, or sums and multiples of those."""
    open_nodes: list[Any] = [loss.grad_fn for loss in losses]
    seen: set[Any] = set()
    while open_nodes:
        node = open_nodes.pop()
        if node is None or (node.name(), node._sequence_nr()) in known or node in seen:
            continue
        seen.add(node)
        if not node.name().startswith(_BETWEEN):
            return False
        open_nodes += [following for following, _ in node.next_functions]
    return True


def on_step(event: StepBegin, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """See which heads are trained."""
    memory.losses.clear()
    if memory.waiting:
        held = {id(one) for one in parameters_of(event.optimizer)}
        for number in memory.waiting & held:
            memory.heads[number].trained = True
        memory.waiting -= held
    return iter(())


def finish(case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report trained heads with targets of one value, or without some of their classes."""
    if case.steps < LEAST_STEPS:
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
