"""A model is evaluated while its dropout or batch norm is in training mode.

What it finds
    Outputs that are compared with labels, or whose loss is computed without a graph, and that
    no backward ever reaches, from a model in training mode whose dropout or batch norm was at work.

Why it hurts
    Dropout removes units at random and batch norm uses the batch's own statistics, so the figures
    are noisy and too low. Batch norm even learns from the evaluation data.

Bad
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 3))
    optimizer = torch.optim.Adam(net.parameters())
    for _ in range(3):
        optimizer.zero_grad()
        F.cross_entropy(net(x), labels).backward()
        optimizer.step()
    with torch.no_grad():
        accuracy = (net(x).argmax(1) == labels).float().mean()

Good
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 3))
    optimizer = torch.optim.Adam(net.parameters())
    for _ in range(3):
        optimizer.zero_grad()
        F.cross_entropy(net(x), labels).backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        accuracy = (net(x).argmax(1) == labels).float().mean()

Blind spots
    Metrics in NumPy. Models called in parts. Losses over the very tensor that is trained on, and
    several passes to one metric, are taken to be on purpose.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from losslab.doctor.events import Backward, Comparison, Forward, LossCall, Noise
from losslab.doctor.evidence.passes import Passes, Seen, keeps_statistics
from losslab.doctor.location import Place
from losslab.doctor.rule import Diagnostic, Rule
from losslab.doctor.watch_state import WatchState

if TYPE_CHECKING:
    from torch.nn import Module

DECISIONS = ("argmax", "threshold", "round")


@dataclass
class Last:
    """The last forward pass of a model, if it was noisy.

    ``passes`` counts noisy passes since the last metric; ``known`` tells whether its input is
    trained on.
    """

    place: Place
    noise: str
    graph: bool
    known: bool
    passes: int
    judged: bool = False


@dataclass
class Suspect:
    """Metrics over noisy passes at one place: comparisons with labels, and losses."""

    noise: str
    compared: int = 0
    losses: int = 0


@dataclass
class Memory:
    """Layers at work since the last pass, the last pass, and places that are suspect."""

    passes: Passes = field(default_factory=Passes)
    noise: set[str] = field(default_factory=set)
    last: Last | None = None
    inputs: Seen = field(default_factory=Seen)
    suspects: dict[Place, Suspect] = field(default_factory=dict)


def on_noise(event: Noise, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Remember layers that trained."""
    if event.training and event.rate != 0:
        memory.noise.add("dropout" if event.name == "dropout" else "batch norm")
    return iter(())


def on_forward(event: Forward, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Tell whether this pass was noisy."""
    import torch

    memory.passes.forward(event)
    noise, memory.noise = memory.noise, set()
    if "batch norm" in noise and not keeps_statistics(event.module):
        noise.discard("batch norm")
    if not noise or not event.module.training:
        # A loss, or another module that is no model, ends nothing.
        if memory.last is not None and (noise or _is_model(event.module)):
            memory.last = None
        return iter(())
    data = _data(event.inputs)
    graph = torch.is_grad_enabled()
    last = memory.last
    again = 0
    if last is not None and last.place == event.place and not last.judged:
        again = last.passes
    memory.last = Last(
        event.place,
        " and ".join(sorted(noise)),
        graph,
        known=data in memory.inputs,
        passes=again + 1,
    )
    if graph and data is not None:
        memory.inputs.add(data)
    return iter(())


def _is_model(module: "Module") -> bool:
    return next(module.parameters(), None) is not None


def on_loss(call: LossCall, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """See a loss computed without a graph, or with one that is never used."""
    suspect = _suspect(memory)
    last = memory.last
    if suspect is not None and last is not None and call.reduction != "none" and not last.known:
        suspect.losses += last.graph == call.output.requires_grad
    return iter(())


def on_comparison(event: Comparison, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """See decisions compared with labels."""
    if event.name not in ("eq", "ne") or isinstance(event.right, float | int):
        return iter(())
    decided = [case.came_from(side, *DECISIONS) for side in (event.left, event.right)]
    if (decided[0] is None) != (decided[1] is None):
        suspect = _suspect(memory)
        if suspect is not None:
            suspect.compared += 1
    return iter(())


def on_backward(event: Backward, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """See which passes are trained."""
    memory.passes.backward(event)
    return iter(())


def finish(case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report places whose passes no backward reached."""
    for place, suspect in memory.suspects.items():
        seen = suspect.compared + suspect.losses
        if case.steps and seen and place not in memory.passes.trained:
            what = "compared with labels" if suspect.compared else "used for a loss"
            yield Diagnostic(
                place=place,
                message=f"the output was only {what}, never trained on, and {suspect.noise} was "
                "in training mode",
                fix="model.eval() before evaluation, and model.train() before training goes on",
                severity="error" if suspect.compared else "warning",
                count=seen,
            )


def _suspect(memory: Memory) -> Suspect | None:
    last = memory.last
    if last is None:
        return None
    last.judged = True
    # Several passes to one metric are an average over the noise.
    if last.passes > 1 or last.place in memory.passes.trained:
        return None
    return memory.suspects.setdefault(last.place, Suspect(last.noise))


def _data(inputs: tuple[Any, ...]) -> Any:
    """The tensor that a model's first input is a part of."""
    from torch import Tensor

    first = inputs[0] if inputs else None
    if not isinstance(first, Tensor):
        return None
    return first if first._base is None else first._base


RULE = Rule(
    code="LL404",
    name="evaluating-in-training-mode",
    severity="error",
    page=__doc__,
    handlers={
        Noise: on_noise,
        Forward: on_forward,
        LossCall: on_loss,
        Comparison: on_comparison,
        Backward: on_backward,
    },
    memory=Memory,
    finish=finish,
)
