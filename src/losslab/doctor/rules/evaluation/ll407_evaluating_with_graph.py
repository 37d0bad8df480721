"""A model is evaluated with gradients enabled, so every pass builds a graph.

What it finds:
    Passes of a model in evaluation mode that build a graph which no backward ever uses.

Why it hurts:
    Each pass keeps all intermediate values: it needs about twice the memory and more time, and
    collected outputs keep their graphs alive until memory is full.

Bad:
    net = nn.Linear(4, 1)
    optimizer = torch.optim.Adam(net.parameters())
    for _ in range(3):
        net.train()
        optimizer.zero_grad()
        F.mse_loss(net(x).squeeze(1), values).backward()
        optimizer.step()
        net.eval()
        error = F.mse_loss(net(x).squeeze(1), values).item()

Good:
    net = nn.Linear(4, 1)
    optimizer = torch.optim.Adam(net.parameters())
    for _ in range(3):
        net.train()
        optimizer.zero_grad()
        F.mse_loss(net(x).squeeze(1), values).backward()
        optimizer.step()
        net.eval()
        with torch.no_grad():
            error = F.mse_loss(net(x).squeeze(1), values).item()

Blind spots:
    Models that are evaluated in training mode.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from losslab.doctor.events import Backward, Forward
from losslab.doctor.evidence.passes import Passes, find_tensor
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

LEAST_PASSES = 2


@dataclass
class Memory:
    """Passes in evaluation mode with a graph, by place."""

    passes: Passes = field(default_factory=Passes)
    graphs: Counter[Place] = field(default_factory=Counter)


def on_forward(event: Forward, state: WatchState, memory: Memory) -> None:
    """Count passes that build a graph in evaluation mode."""
    memory.passes.forward(event)
    if not event.module.training:
        output = find_tensor(event.output)
        with_parameters = next(event.module.parameters(), None) is not None
        if output is not None and output.requires_grad and with_parameters:
            memory.graphs[event.place] += 1


def on_backward(event: Backward, state: WatchState, memory: Memory) -> None:
    """Record which passes are trained."""
    memory.passes.backward(event)


def finish(state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report places whose graphs were never used."""
    for place, count in memory.graphs.items():
        if state.steps and count >= LEAST_PASSES and place not in memory.passes.trained:
            yield Diagnostic(
                place=place,
                message=f"{count} passes in evaluation mode built graphs that no backward used",
                fix="with torch.no_grad(): around the evaluation",
                count=count,
            )


RULE = Rule(
    code="LL407",
    name="evaluating-with-graph",
    severity="advice",
    page=__doc__,
    handlers={Forward: on_forward, Backward: on_backward},
    memory=Memory,
    finish=finish,
)
