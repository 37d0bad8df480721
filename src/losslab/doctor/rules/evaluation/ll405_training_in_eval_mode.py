"""A model is trained in evaluation mode, in which an evaluation left it.

What it finds:
    Optimizer steps on passes of a model in evaluation mode, where dropout or batch norm is off,
    after steps in training mode at the same line and an evaluation in between.

Why it hurts:
    Dropout no longer regularizes and batch norm no longer tracks the data. Only the first epoch
    trains the intended model.

Bad:
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 3))
    optimizer = torch.optim.Adam(net.parameters())
    for _ in range(3):
        optimizer.zero_grad()
        F.cross_entropy(net(x), labels).backward()
        optimizer.step()
        net.eval()
        with torch.no_grad():
            accuracy = (net(x).argmax(1) == labels).float().mean()

Good:
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 3))
    optimizer = torch.optim.Adam(net.parameters())
    for _ in range(3):
        net.train()
        optimizer.zero_grad()
        F.cross_entropy(net(x), labels).backward()
        optimizer.step()
        net.eval()
        with torch.no_grad():
            accuracy = (net(x).argmax(1) == labels).float().mean()

Blind spots:
    A model that was never trained in training mode: it may be fine-tuned that way on purpose.
    Evaluations with gradients enabled.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from losslab.doctor.events import Backward, Forward, ModeSwitch, Noise, StepDone
from losslab.doctor.evidence.passes import Passes
from losslab.doctor.evidence.records import WeakMap
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState


@dataclass
class Memory:
    """Passes with gradients since the last step, by their places.

    ``since`` tells whether noise was left out there; None where that was asked for, as far as
    can be known. ``noisy`` holds places that were trained with noise; ``evaluated`` models that
    made a pass without gradients since a mode was last switched.
    """

    passes: Passes = field(default_factory=Passes)
    silenced: bool = False
    noise: bool = False
    since: dict[Place, bool | None] = field(default_factory=dict)
    noisy: set[Place] = field(default_factory=set)
    evaluated: WeakMap[bool] = field(default_factory=WeakMap)


def on_noise(event: Noise, state: WatchState, memory: Memory) -> None:
    """Remember layers that would act otherwise in training mode."""
    if event.training:
        memory.noise = True
    elif event.rate != 0:
        memory.silenced = True


def on_forward(event: Forward, state: WatchState, memory: Memory) -> None:
    """Note the mode of a pass."""
    import torch

    memory.passes.forward(event)
    silenced, noise = memory.silenced, memory.noise
    memory.silenced = memory.noise = False
    if not silenced and not noise:
        return
    off = silenced and not noise and not event.module.training
    if not torch.is_grad_enabled():
        if off:
            memory.evaluated[event.module] = True
    elif not off or event.module in memory.evaluated:
        memory.since[event.place] = off and memory.since.get(event.place, True)
    else:
        memory.since[event.place] = None


def on_switch(event: ModeSwitch, state: WatchState, memory: Memory) -> None:
    """Take a mode that was asked for as meant until the next evaluation."""
    memory.evaluated = WeakMap()


def on_backward(event: Backward, state: WatchState, memory: Memory) -> None:
    """Record which passes are trained."""
    memory.passes.backward(event)


def on_step(event: StepDone, state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Judge the passes that led to this step."""
    since = {place: off for place, off in memory.since.items() if place in memory.passes.trained}
    memory.since = {}
    if since and all(since.values()):
        for place in since.keys() & memory.noisy:
            yield Diagnostic(
                place=place,
                message="trained in evaluation mode, in which an evaluation left the model; "
                "before that, this line trained in training mode",
                fix="model.train() after the evaluation",
            )
    memory.noisy |= {place for place, off in since.items() if off is False}


RULE = Rule(
    code="LL405",
    name="training-in-eval-mode",
    severity="error",
    page=__doc__,
    handlers={
        Noise: on_noise,
        Forward: on_forward,
        ModeSwitch: on_switch,
        Backward: on_backward,
        StepDone: on_step,
    },
    memory=Memory,
)
