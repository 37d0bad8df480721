"""A backward needs values that were freed by an earlier one or changed since the forward pass.

What it finds:
    A run that ended in a backward: through operations that an earlier backward went through, or
    with a saved tensor that was changed in place; an optimizer step between forward and backward
    is such a change.

Why it hurts:
    Nothing is trained. PyTorch gives the internal name of the operation, but not the line that
    freed or changed the tensor.

Bad:
    weight = torch.ones(4, requires_grad=True)
    penalty = (weight ** 2).sum()
    for _ in range(2):
        loss = F.mse_loss(x @ weight, values) + penalty
        loss.backward()

Good:
    weight = torch.ones(4, requires_grad=True)
    for _ in range(2):
        penalty = (weight ** 2).sum()
        loss = F.mse_loss(x @ weight, values) + penalty
        loss.backward()

Blind spots:
    Which line changed the tensor in place, unless an optimizer's step did.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from losslab.doctor.events import BackwardDone, Failed, Forward
from losslab.doctor.evidence.graph import get_stamp, reach, walk_graph
from losslab.doctor.evidence.passes import find_tensor
from losslab.doctor.evidence.values import as_tensor
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

if TYPE_CHECKING:
    from torch import Tensor

MOST_PLACES = 16
LEAF = "AccumulateGrad"


@dataclass
class Memory:
    """By place: the operations a backward went through; the last pass and its step."""

    freed: dict[Place, frozenset[tuple[str, int]]] = field(default_factory=dict)
    passes: dict[Place, tuple[tuple[str, int], int]] = field(default_factory=dict)


def on_done(event: BackwardDone, state: WatchState, memory: Memory) -> None:
    """Remember what a backward went through."""
    if event.due and (event.place in memory.freed or len(memory.freed) < MOST_PLACES):
        nodes = reach(event.losses).nodes
        memory.freed[event.place] = frozenset(node for node in nodes if LEAF not in node[0])


def on_forward(event: Forward, state: WatchState, memory: Memory) -> None:
    """Remember at which step a pass was made."""
    output = find_tensor(event.output)
    operation = None if output is None else get_stamp(output)
    if operation is not None and (event.place in memory.passes or len(memory.passes) < MOST_PLACES):
        memory.passes[event.place] = operation, event.step


def on_failed(event: Failed, state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Look for changed tensors in the graph, then for operations passed before."""
    given = event.arguments.get("0", event.arguments.get("outputs"))
    several = map(as_tensor, given if isinstance(given, list | tuple) else [given])
    losses = [one for one in several if one is not None]
    if event.function not in ("backward", "grad") or not losses:
        return
    changed = _find_changed_operation(losses)
    nodes = reach(losses).nodes
    if changed is not None:
        yield _describe_change(event.place, changed, nodes, state, memory)
        return
    for place, freed in memory.freed.items():
        if freed & nodes:
            yield Diagnostic(
                place=event.place,
                message=f"this backward goes through {len(freed & nodes)} operations that the "
                f"backward of line {place.line} went through and freed",
                fix="compute anew in every step what the loss is made of, or detach() what comes "
                "from the step before; retain_graph=True for two losses of one pass",
            )
            return


def _describe_change(
    place: Place,
    operation: str,
    nodes: frozenset[tuple[str, int]],
    state: WatchState,
    memory: Memory,
) -> Diagnostic:
    for line, (last, step) in memory.passes.items():
        if last in nodes and step < state.steps:
            return Diagnostic(
                place=place,
                message=f"{state.steps - step} optimizer steps changed weights between the forward "
                f"pass of line {line.line} and this backward; {operation} needs them unchanged",
                fix="run every backward before the first step, or run the model again after it",
            )
    return Diagnostic(
        place=place,
        message=f"a tensor that {operation} saved for the backward was changed in place since",
        fix="x = x + 1 instead of x += 1; relu(x) instead of relu_(x); x.clone() before the change",
    )


def _find_changed_operation(losses: "list[Tensor]") -> str | None:
    """Name an operation in the graph one of whose saved tensors was changed in place."""
    for node in walk_graph(losses):
        saved = [name for name in dir(node) if name.startswith("_raw_saved_")]
        if any(_is_stale(node, name) for name in saved):
            return str(node.name()).removesuffix("0").removesuffix("Backward").lower()
    return None


def _is_stale(node: Any, attribute: str) -> bool:
    """Tell whether a saved tensor can no longer be read although it was not freed."""
    try:
        getattr(node, attribute.removeprefix("_raw"))
    except RuntimeError:
        pass
    else:
        return False
    try:  # the only call that tells what was freed from what was changed
        getattr(node, attribute).register_hooks(lambda saved: saved, lambda saved: saved)
    except RuntimeError:
        return False
    return True


RULE = Rule(
    code="LL003",
    name="graph-no-longer-whole",
    severity="error",
    page=__doc__,
    handlers={Failed: on_failed, BackwardDone: on_done, Forward: on_forward},
    memory=Memory,
)
