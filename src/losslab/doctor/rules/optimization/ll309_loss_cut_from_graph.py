"""The loss was cut from its graph, so that backward reaches no parameter.

What it finds:
    A backward that starts at a tensor without a history: one created anew from a value, or given
    ``requires_grad`` so that PyTorch no longer raises, while an optimizer waits for gradients; and
    a run that ended because the loss has no history at all.

Why it hurts:
    detach, .data, .item(), numpy, no_grad, argmax and a new torch.tensor(...) keep the value and
    drop how it was computed. backward then reaches no parameter: nothing is trained.

Bad:
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        loss = F.mse_loss(net(x).squeeze(1).detach(), values)
        loss.requires_grad = True
        loss.backward()
        optimizer.step()

Good:
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        loss = F.mse_loss(net(x).squeeze(1), values)
        loss.backward()
        optimizer.step()

Blind spots:
    A cut between layers, or of one of several terms of the loss: that may be intended.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from losslab.doctor.events import Backward, Cut, Failed, LossCall, Reduction
from losslab.doctor.evidence.optimizers import get_ids
from losslab.doctor.evidence.values import as_tensor
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

_WORDS = {"numpy": ".numpy()", "item": ".item()", "detach": ".detach()", "data": ".data"}
FIX = "compute the loss from the model's output with torch alone, then loss.backward()"


@dataclass
class Memory:
    """What may have cut the loss of this round, and backwards that led nowhere, by place."""

    suspect: str = ""
    nowhere: dict[Place, tuple[int, str]] = field(default_factory=dict)


def on_cut(event: Cut, state: WatchState, memory: Memory) -> None:
    """Remember what left its graph last."""
    if event.attached and event.place.line:
        word = _WORDS.get(event.name, f"{event.name}()")
        memory.suspect = f"; {word} in line {event.place.line} left the graph"


def on_reduction(event: Reduction, state: WatchState, memory: Memory) -> None:
    """Remember an argmax or argmin, which has no gradient."""
    if event.name.startswith("arg") and event.input.requires_grad:
        memory.suspect = f"; {event.name} in line {event.place.line} has no gradient"


def on_loss(event: LossCall, state: WatchState, memory: Memory) -> None:
    """Blame a prediction that is known to be detached, whatever was cut for a log."""
    origin = state.find_origin(event.prediction)
    if origin is not None and (origin.detached or origin.name == "argmax"):
        what = "an arg-max" if origin.name == "argmax" else "detached"
        memory.suspect = f"; the prediction of the loss in line {event.place.line} was {what}"


def on_backward(event: Backward, state: WatchState, memory: Memory) -> None:
    """Check whether a backward starts at tensors without a history that nobody optimizes."""
    if not event.accumulates or not event.losses:
        return
    if all(one.grad_fn is None and one.requires_grad for one in event.losses):
        held = get_ids(state.optimizers)
        if held and held.isdisjoint(id(one) for one in event.losses):
            times = memory.nowhere.get(event.place, (0, ""))[0]
            memory.nowhere[event.place] = times + 1, memory.suspect
    if any(one.requires_grad for one in event.losses):
        memory.suspect = ""  # otherwise the call is about to fail, and asks for it


def on_failed(event: Failed, state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Diagnose a backward that PyTorch refused."""
    loss = as_tensor(event.arguments.get("0", event.arguments.get("tensors")))
    if event.function != "backward" or loss is None or loss.requires_grad:
        return
    suspect = memory.suspect or "; it may have been computed under no_grad, or all is frozen"
    yield Diagnostic(
        place=event.place,
        message=f"backward was called on a tensor of shape {tuple(loss.shape)} that has no "
        f"history{suspect}",
        fix=FIX,
    )


def finish(state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report the backwards that led nowhere."""
    for place, (times, suspect) in memory.nowhere.items():
        yield Diagnostic(
            place=place,
            message="backward started at a tensor without a history, which no optimizer "
            f"holds: it reached no parameter{suspect}",
            fix=FIX,
            count=times,
        )


RULE = Rule(
    code="LL309",
    name="loss-cut-from-graph",
    severity="error",
    page=__doc__,
    handlers={
        Cut: on_cut,
        Reduction: on_reduction,
        LossCall: on_loss,
        Backward: on_backward,
        Failed: on_failed,
    },
    memory=Memory,
    finish=finish,
)
