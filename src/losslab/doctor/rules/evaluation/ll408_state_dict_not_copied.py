"""A state kept from ``state_dict()`` kept changing with the model.

What it finds:
    ``model.load_state_dict(best)`` where ``best`` came from ``model.state_dict()`` before further
    optimizer steps, and all its parameters still are the model's own tensors.

Why it hurts:
    ``state_dict()`` copies nothing. The "best" weights are the last ones, and loading them changes
    nothing.

Bad:
    net = nn.Linear(4, 3)
    optimizer = torch.optim.Adam(net.parameters())
    best = net.state_dict()
    for _ in range(3):
        optimizer.zero_grad()
        F.cross_entropy(net(x), labels).backward()
        optimizer.step()
    net.load_state_dict(best)

Good:
    import copy
    net = nn.Linear(4, 3)
    optimizer = torch.optim.Adam(net.parameters())
    best = copy.deepcopy(net.state_dict())
    for _ in range(3):
        optimizer.zero_grad()
        F.cross_entropy(net(x), labels).backward()
        optimizer.step()
    net.load_state_dict(best)

Blind spots:
    States that are saved to a file later, or loaded into another model: there, a view of the live
    weights may be intended.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from losslab.doctor.events import StateLoaded, StateTaken
from losslab.doctor.evidence.records import WeakMap
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState


@dataclass(frozen=True)
class Snapshot:
    """When and where a state was taken; ``version`` counts in-place changes of its parameter."""

    version: int
    place: Place
    step: int


# The states that are alive, by their first parameter.
Memory = WeakMap[Snapshot]


def on_taken(event: StateTaken, state: WatchState, memory: Memory) -> None:
    """Remember a state by its first parameter."""
    names = dict(event.module.named_parameters())
    first = next((tensor for name, tensor in event.state.items() if name in names), None)
    if first is not None and not first.is_inference():
        memory[first] = Snapshot(first._version, event.place, event.step)


def on_loaded(event: StateLoaded, state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Detect a model that is given its own tensors."""
    own = dict(event.module.named_parameters())
    loaded = {name: tensor for name, tensor in event.state.items() if name in own}
    first = next(iter(loaded.values()), None)
    snapshot = memory.get(first)
    if first is None or snapshot is None:
        return
    shared = all(
        tensor.shape == own[name].shape and tensor.data_ptr() == own[name].data_ptr()
        for name, tensor in loaded.items()
    )
    steps = event.step - snapshot.step
    if shared and steps > 0 and first._version != snapshot.version:
        yield Diagnostic(
            place=snapshot.place,
            message=f"this state is the model's own {len(loaded)} parameters, which {steps} "
            f"optimizer steps changed before line {event.place.line} loaded it again",
            fix="best = copy.deepcopy(model.state_dict())",
        )


RULE = Rule(
    code="LL408",
    name="state-dict-not-copied",
    severity="error",
    page=__doc__,
    handlers={StateTaken: on_taken, StateLoaded: on_loaded},
    memory=Memory,
)
