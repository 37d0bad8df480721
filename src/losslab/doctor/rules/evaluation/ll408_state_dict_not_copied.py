"""A state that was kept with ``state_dict()`` went on changing with the model.

What it finds
    ``model.load_state_dict(best)`` where ``best`` came from ``model.state_dict()`` before further
    optimizer steps, and all its parameters still are the model's own tensors.

Why it hurts
    ``state_dict()`` copies nothing. The "best" weights are the last ones, and loading them changes
    nothing.

Bad
    net = nn.Linear(4, 3)
    optimizer = torch.optim.Adam(net.parameters())
    best = net.state_dict()
    for _ in range(3):
        optimizer.zero_grad()
        F.cross_entropy(net(x), labels).backward()
        optimizer.step()
    net.load_state_dict(best)

Good
    import copy
    net = nn.Linear(4, 3)
    optimizer = torch.optim.Adam(net.parameters())
    best = copy.deepcopy(net.state_dict())
    for _ in range(3):
        optimizer.zero_grad()
        F.cross_entropy(net(x), labels).backward()
        optimizer.step()
    net.load_state_dict(best)

Blind spots
    States that are saved to a file later, or loaded into another model: that may be meant as a
    view of the live weights.
"""

import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from losslab.doctor.events import StateLoaded, StateTaken
from losslab.doctor.location import Place
from losslab.doctor.rule import Diagnostic, Rule
from losslab.doctor.watch_state import WatchState

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Taken:
    """When and where a state was taken, known by one of its tensors.

    ``version`` is how often the tensor had been changed in place.
    """

    tensor: "weakref.ref[Tensor]"
    version: int
    place: Place
    step: int


@dataclass
class Memory:
    """The states that are alive, by the number of their first parameter."""

    taken: dict[int, Taken] = field(default_factory=dict)


def on_taken(event: StateTaken, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Remember a state by its first parameter."""
    names = dict(event.module.named_parameters())
    first = next((tensor for name, tensor in event.state.items() if name in names), None)
    if first is not None and not first.is_inference():
        number, known = id(first), memory.taken

        def forget(dead: object) -> None:
            if known[number].tensor is dead:
                del known[number]

        reference = weakref.ref(first, forget)
        known[number] = Taken(reference, first._version, event.place, event.step)
    return iter(())


def on_loaded(event: StateLoaded, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """See a model given its own tensors."""
    own = dict(event.module.named_parameters())
    state = {name: tensor for name, tensor in event.state.items() if name in own}
    first: Tensor | None = next(iter(state.values()), None)
    taken = memory.taken.get(id(first))
    if first is None or taken is None or taken.tensor() is not first:
        return
    shared = all(_same_memory(tensor, own[name]) for name, tensor in state.items())
    if shared and event.step > taken.step and first._version != taken.version:
        steps = event.step - taken.step
        yield Diagnostic(
            place=taken.place,
            message=f"this state is the model's own {len(state)} parameters, which {steps} "
            f"optimizer steps changed before line {event.place.line} loaded it again",
            fix="best = copy.deepcopy(model.state_dict())",
        )


def _same_memory(one: "Tensor", two: "Tensor") -> bool:
    return one.shape == two.shape and one.data_ptr() == two.data_ptr()


RULE = Rule(
    code="LL408",
    name="state-dict-not-copied",
    severity="error",
    page=__doc__,
    handlers={StateTaken: on_taken, StateLoaded: on_loaded},
    memory=Memory,
)
