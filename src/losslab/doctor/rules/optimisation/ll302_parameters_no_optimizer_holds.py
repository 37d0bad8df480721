"""The loss depends on trainable parameters that no optimizer holds.

What it finds
    Parameters that got gradients while other parameters of the same loss were trained, that no
    optimizer ever held and that never changed: layers kept in a plain Python list, which
    ``parameters()`` does not see (error); a criterion's own parameters (warning); others (advice).

Why it hurts
    Their gradients are computed and never used, so they keep their initial, random values while
    the rest is trained around them.

Bad
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = [nn.Linear(4, 4), nn.Linear(4, 4)]
            self.head = nn.Linear(4, 1)

        def forward(self, x):
            for layer in self.layers:
                x = layer(x).tanh()
            return self.head(x).squeeze(1)

    net = Net()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(4):
        optimizer.zero_grad()
        F.mse_loss(net(x), values).backward()
        optimizer.step()

Good
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList([nn.Linear(4, 4), nn.Linear(4, 4)])
            self.head = nn.Linear(4, 1)

        def forward(self, x):
            for layer in self.layers:
                x = layer(x).tanh()
            return self.head(x).squeeze(1)

    net = Net()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(4):
        optimizer.zero_grad()
        F.mse_loss(net(x), values).backward()
        optimizer.step()

Blind spots
    A list of one module, which is how modules are hidden on purpose, or of the layers that a
    criterion without trained parameters looks through (advice). Modules whose ``forward`` is
    called by name. An optimizer of tensors that are no ``nn.Parameter``, as in style transfer.
"""

import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from losslab.doctor.events import Backward, Forward, OptimizerMade
from losslab.doctor.evidence.graph import reach
from losslab.doctor.finding import Severity
from losslab.doctor.location import Place
from losslab.doctor.rule import Diagnostic, Rule
from losslab.doctor.watch_state import WatchState, parameters_of

if TYPE_CHECKING:
    from torch import Tensor, nn

Kind = Literal["list", "criterion", "other"]

LEAST_STEPS = 2
_SEVERITIES: dict[Kind, Severity] = {"list": "error", "criterion": "warning", "other": "advice"}
_FIXES: dict[str, str] = {
    "dict": "self.layers = nn.ModuleDict({...}), or nn.ParameterDict for parameters",
    "list": "self.layers = nn.ModuleList([...]), or nn.ParameterList for parameters",
    "criterion": "torch.optim.Adam([*model.parameters(), *criterion.parameters()])",
    "other": "give them to the optimizer too, or freeze them: module.requires_grad_(False)",
}


@dataclass
class Unheld:
    """A parameter that no optimizer holds: where it belongs, and whether it ever changed."""

    place: Place
    kind: Kind
    where: str
    size: int
    start: float
    first_step: int
    last_step: int
    changed: bool = False


@dataclass
class Memory:
    """Parameters by id, each with a weak reference to tell a reused id."""

    modules: "weakref.WeakSet[nn.Module]" = field(default_factory=weakref.WeakSet)
    criteria: "weakref.WeakSet[nn.Module]" = field(default_factory=weakref.WeakSet)
    held: "dict[int, weakref.ref[Tensor]]" = field(default_factory=dict)
    unheld: "dict[int, tuple[weakref.ref[Tensor], Unheld]]" = field(default_factory=dict)


def on_made(event: OptimizerMade, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Remember what an optimizer holds; it may be gone when its parameters are still in use."""
    _note_held(case, memory)
    return iter(())


def on_forward(event: Forward, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Remember modules; one that makes a single number of two tensors or more is a criterion."""
    from torch import Tensor

    if event.module not in memory.modules:
        memory.modules.add(event.module)
        tensors = sum(isinstance(one, Tensor) for one in event.inputs)
        if isinstance(event.output, Tensor) and event.output.ndim == 0 and tensors >= 2:
            memory.criteria.add(event.module)
    return iter(())


def on_backward(event: Backward, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Look for parameters behind the loss that no optimizer holds, beside some that one holds."""
    from torch.nn import Parameter

    if not (event.accumulates and event.due):
        return iter(())
    _note_held(case, memory)
    leaves = [one for one in reach(event.losses).leaves if isinstance(one, Parameter)]
    free = [leaf for leaf in leaves if not _is_held(leaf, memory)]
    if not free or len(free) == len(leaves):
        return iter(())
    place = _place_of_others(leaves, case) or event.place
    for leaf in free:
        entry = memory.unheld.get(id(leaf))
        if entry is None or entry[0]() is not leaf:
            kind, where = _belongs(leaf, memory)
            seen = Unheld(place, kind, where, leaf.numel(), _print(leaf), event.step, event.step)
            memory.unheld[id(leaf)] = (weakref.ref(leaf), seen)
        else:
            entry[1].changed |= entry[1].start != _print(leaf)
            entry[1].last_step = event.step
    return iter(())


def finish(case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report those that were still there after some steps, were never held and never changed."""
    groups: dict[tuple[Place, Kind, str], list[Unheld]] = {}
    for number, (reference, seen) in memory.unheld.items():
        late = memory.held.get(number)
        if late is not None and late is reference:
            continue
        if not seen.changed and seen.last_step - seen.first_step >= LEAST_STEPS:
            groups.setdefault((seen.place, seen.kind, seen.where), []).append(seen)
    for (place, kind, where), parameters in groups.items():
        values = sum(one.size for one in parameters)
        yield Diagnostic(
            place=place,
            message=f"{len(parameters)} trainable parameters ({values} values) {where} got "
            f"gradients and are in no optimizer; they did not change in "
            f"{max(one.last_step - one.first_step for one in parameters)} steps",
            fix=_FIXES["dict" if "plain dict" in where else kind],
            severity=_SEVERITIES[kind],
        )


def _note_held(case: WatchState, memory: Memory) -> None:
    for optimizer in case.optimizers:
        for parameter in parameters_of(optimizer):
            if not _is_held(parameter, memory):
                memory.held[id(parameter)] = weakref.ref(parameter)
                memory.unheld.pop(id(parameter), None)


def _is_held(parameter: "Tensor", memory: Memory) -> bool:
    known = memory.held.get(id(parameter))
    return known is not None and known() is parameter


def _place_of_others(leaves: "list[Any]", case: WatchState) -> Place | None:
    numbers = {id(leaf) for leaf in leaves}
    for optimizer in case.optimizers:
        made = case.made_at(optimizer)
        if made.line and any(id(one) in numbers for one in parameters_of(optimizer)):
            return made
    return None


def _belongs(leaf: "Tensor", memory: Memory) -> tuple[Kind, str]:
    for outer in list(memory.modules):
        # The layers of a perceptual loss are not there to be trained.
        fixed = outer in memory.criteria and not any(
            _is_held(p, memory) for p in outer.parameters()
        )
        for module in () if fixed else outer.modules():
            for name, value in vars(module).items():
                if not name.startswith("_") and any(one is leaf for one in _listed(value)):
                    kind = type(value).__name__
                    return "list", f"in the plain {kind} {type(module).__name__}.{name}"
    for criterion in list(memory.criteria):
        if any(one is leaf for one in criterion.parameters(recurse=False)):
            return "criterion", f"of the criterion {type(criterion).__name__}"
    return "other", "behind the loss"


def _listed(value: Any) -> "Iterator[Tensor]":
    """The parameters in a plain list, tuple or dict of at least two modules or parameters."""
    from torch.nn import Module, Parameter

    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list | tuple) or len(value) < 2:
        return
    for one in value:
        if isinstance(one, Module):
            yield from one.parameters()
        elif isinstance(one, Parameter):
            yield one


def _print(parameter: "Tensor") -> float:
    """A number that changes when the parameter does."""
    return float(parameter.detach().reshape(-1)[:64].double().sum())


RULE = Rule(
    code="LL302",
    name="parameters-no-optimizer-holds",
    severity="error",
    page=__doc__,
    handlers={OptimizerMade: on_made, Forward: on_forward, Backward: on_backward},
    memory=Memory,
    finish=finish,
)
