"""A model is evaluated while its dropout or batch norm is in training mode.

What it finds:
    Outputs that are compared with labels, or whose loss is computed without a graph, and that no
    backward ever reaches, from a model in training mode with active dropout or batch norm.

Why it hurts:
    Dropout removes units at random and batch norm uses the batch's own statistics, so the metrics
    are noisy and too low. Batch norm even learns from the evaluation data.

Bad:
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 3))
    optimizer = torch.optim.Adam(net.parameters())
    for _ in range(3):
        optimizer.zero_grad()
        F.cross_entropy(net(x), labels).backward()
        optimizer.step()
    with torch.no_grad():
        accuracy = (net(x).argmax(1) == labels).float().mean()

Good:
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 3))
    optimizer = torch.optim.Adam(net.parameters())
    for _ in range(3):
        optimizer.zero_grad()
        F.cross_entropy(net(x), labels).backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        accuracy = (net(x).argmax(1) == labels).float().mean()

Blind spots:
    Metrics in NumPy. Models called in parts. Losses over the very tensor that is trained on, and
    several passes for one metric, are assumed to be intended.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from losslab.doctor.events import Backward, Comparison, Forward, LossCall, Noise
from losslab.doctor.evidence.passes import Passes, keeps_statistics
from losslab.doctor.evidence.records import WeakMap
from losslab.doctor.evidence.values import as_tensor
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

DECISIONS = ("argmax", "threshold", "round")


@dataclass
class NoisyPass:
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
class Metrics:
    """Metrics over noisy passes at one place: comparisons with labels, and losses."""

    noise: str
    compared: int = 0
    losses: int = 0


@dataclass
class Memory:
    """Layers at work since the last pass, the last pass, and places with suspect metrics."""

    passes: Passes = field(default_factory=Passes)
    noise: set[str] = field(default_factory=set)
    last: NoisyPass | None = None
    inputs: WeakMap[bool] = field(default_factory=WeakMap)
    suspects: dict[Place, Metrics] = field(default_factory=dict)


def on_noise(event: Noise, state: WatchState, memory: Memory) -> None:
    """Remember layers that trained."""
    if event.training and event.rate != 0:
        memory.noise.add("dropout" if event.name == "dropout" else "batch norm")


def on_forward(event: Forward, state: WatchState, memory: Memory) -> None:
    """Tell whether this pass was noisy."""
    import torch

    memory.passes.forward(event)
    noise, memory.noise = memory.noise, set()
    if "batch norm" in noise and not keeps_statistics(event.module):
        noise.discard("batch norm")
    last = memory.last
    if not noise or not event.module.training:
        # A loss, or another module that is no model, ends nothing.
        if noise or next(event.module.parameters(), None) is not None:
            memory.last = None
        return
    data = as_tensor(event.inputs[0]) if event.inputs else None
    # A batch is a part of the data.
    data = data if data is None or data._base is None else data._base
    graph = torch.is_grad_enabled()
    repeated = last is not None and last.place == event.place and not last.judged
    memory.last = NoisyPass(
        event.place,
        " and ".join(sorted(noise)),
        graph,
        known=data in memory.inputs,
        passes=1 + (last.passes if last is not None and repeated else 0),
    )
    if graph and data is not None:
        memory.inputs[data] = True


def on_loss(call: LossCall, state: WatchState, memory: Memory) -> None:
    """Detect a loss computed without a graph, or with one that is never used."""
    suspect, last = _find_suspect(memory), memory.last
    if suspect is not None and last is not None and call.reduction != "none" and not last.known:
        suspect.losses += last.graph == call.output.requires_grad


def on_comparison(event: Comparison, state: WatchState, memory: Memory) -> None:
    """Detect decisions compared with labels."""
    if event.name not in ("eq", "ne") or isinstance(event.right, float | int):
        return
    decided = [
        state.find_origin(side, *DECISIONS) is not None for side in (event.left, event.right)
    ]
    suspect = _find_suspect(memory) if decided[0] != decided[1] else None
    if suspect is not None:
        suspect.compared += 1


def on_backward(event: Backward, state: WatchState, memory: Memory) -> None:
    """Record which passes are trained."""
    memory.passes.backward(event)


def finish(state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report places whose passes no backward reached."""
    for place, suspect in memory.suspects.items():
        metrics = suspect.compared + suspect.losses
        if state.steps and metrics and place not in memory.passes.trained:
            use = "compared with labels" if suspect.compared else "used for a loss"
            yield Diagnostic(
                place=place,
                message=f"the output was only {use}, never trained on, and {suspect.noise} was "
                "in training mode",
                fix="model.eval() before evaluation, and model.train() before training goes on",
                severity="error" if suspect.compared else "warning",
                count=metrics,
            )


def _find_suspect(memory: Memory) -> Metrics | None:
    last = memory.last
    if last is None:
        return None
    last.judged = True
    # Several passes to one metric are an average over the noise.
    if last.passes > 1 or last.place in memory.passes.trained:
        return None
    return memory.suspects.setdefault(last.place, Metrics(last.noise))


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
