"""The loss depends on trainable parameters that no optimizer holds.

What it finds:
    Parameters that got gradients while other parameters of the same loss were trained, that no
    optimizer ever held and that never changed: layers kept in a plain Python list, which
    ``parameters()`` does not find (error); a criterion's own parameters (warning); others (advice).

Why it hurts:
    Their gradients are computed and never used, so they keep their random initial values while the
    rest is trained around them.

Bad:
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

Good:
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

Blind spots:
    A list of one module, which is a way to hide modules on purpose, or of layers that a criterion
    without trained parameters evaluates (advice). Modules whose ``forward`` is called by name. An
    optimizer of tensors that are not ``nn.Parameter``, as in style transfer.
"""

import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from losslab.doctor.events import Backward, Forward, OptimizerMade
from losslab.doctor.evidence.graph import reach
from losslab.doctor.evidence.optimizers import compute_checksum, get_ids, get_parameters
from losslab.doctor.evidence.records import WeakMap
from losslab.doctor.evidence.values import as_tensor
from losslab.doctor.finding import Severity
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

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
    owner: str
    size: int
    checksum: float
    first_step: int
    last_step: int
    changed: bool = False


@dataclass
class Memory:
    """Modules, and parameters that an optimizer held or that none holds."""

    modules: "weakref.WeakSet[nn.Module]" = field(default_factory=weakref.WeakSet)
    criteria: "weakref.WeakSet[nn.Module]" = field(default_factory=weakref.WeakSet)
    held: WeakMap[bool] = field(default_factory=partial(WeakMap, keep=True))
    unheld: WeakMap[Unheld] = field(default_factory=partial(WeakMap, keep=True))


def on_made(event: OptimizerMade | Backward, state: WatchState, memory: Memory) -> None:
    """Remember what an optimizer holds; it may be gone when its parameters are still in use."""
    for optimizer in state.optimizers:
        for parameter in get_parameters(optimizer):
            if parameter not in memory.held:
                memory.held[parameter] = True
                memory.unheld.discard(parameter)


def on_forward(event: Forward, state: WatchState, memory: Memory) -> None:
    """Remember modules; one that makes a single number of two tensors or more is a criterion."""
    if event.module not in memory.modules:
        memory.modules.add(event.module)
        tensors = sum(as_tensor(one) is not None for one in event.inputs)
        output = as_tensor(event.output)
        if output is not None and output.ndim == 0 and tensors >= 2:
            memory.criteria.add(event.module)


def on_backward(event: Backward, state: WatchState, memory: Memory) -> None:
    """Look for parameters behind the loss that no optimizer holds, beside some that one holds."""
    from torch.nn import Parameter

    if not (event.accumulates and event.due):
        return
    on_made(event, state, memory)
    leaves = [one for one in reach(event.losses).leaves if isinstance(one, Parameter)]
    free = [leaf for leaf in leaves if leaf not in memory.held]
    if not free or len(free) == len(leaves):
        return
    place = _find_optimizer(leaves, state) or event.place
    for leaf in free:
        checksum, unheld = compute_checksum([leaf]), memory.unheld.get(leaf)
        if unheld is None:
            kind, owner = _find_owner(leaf, memory)
            memory.unheld[leaf] = Unheld(
                place, kind, owner, leaf.numel(), checksum, event.step, event.step
            )
        else:
            unheld.changed |= unheld.checksum != checksum
            unheld.last_step = event.step


def finish(state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report those that were still there after some steps, were never held and never changed."""
    groups: dict[tuple[Place, Kind, str], list[Unheld]] = {}
    for one in memory.unheld.values():
        if not one.changed and one.last_step - one.first_step >= LEAST_STEPS:
            groups.setdefault((one.place, one.kind, one.owner), []).append(one)
    for (place, kind, owner), parameters in groups.items():
        values = sum(one.size for one in parameters)
        yield Diagnostic(
            place=place,
            message=f"{len(parameters)} trainable parameters ({values} values) {owner} got "
            f"gradients and are in no optimizer; they did not change in "
            f"{max(one.last_step - one.first_step for one in parameters)} steps",
            fix=_FIXES["dict" if "plain dict" in owner else kind],
            severity=_SEVERITIES[kind],
        )


def _find_optimizer(leaves: "list[Any]", state: WatchState) -> Place | None:
    """Find where an optimizer was made that holds some of the leaves."""
    ids = {id(leaf) for leaf in leaves}
    for optimizer in state.optimizers:
        made = state.get_place(optimizer)
        if made.line and not ids.isdisjoint(get_ids([optimizer])):
            return made
    return None


def _find_owner(leaf: "Tensor", memory: Memory) -> tuple[Kind, str]:
    for outer in list(memory.modules):
        # The layers of a perceptual loss are not there to be trained.
        if outer in memory.criteria and not any(p in memory.held for p in outer.parameters()):
            continue
        for module in outer.modules():
            for name, value in vars(module).items():
                if not name.startswith("_") and any(one is leaf for one in _list_parameters(value)):
                    kind = type(value).__name__
                    return "list", f"in the plain {kind} {type(module).__name__}.{name}"
    for criterion in list(memory.criteria):
        if any(one is leaf for one in criterion.parameters(recurse=False)):
            return "criterion", f"of the criterion {type(criterion).__name__}"
    return "other", "behind the loss"


def _list_parameters(value: Any) -> "Iterator[Tensor]":
    """Yield the parameters in a plain list, tuple or dict of at least two."""
    from torch.nn import Module, Parameter

    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple) and len(value) >= 2:
        for one in value:
            if isinstance(one, Module):
                yield from one.parameters()
            elif isinstance(one, Parameter):
                yield one


RULE = Rule(
    code="LL302",
    name="parameters-no-optimizer-holds",
    severity="error",
    page=__doc__,
    handlers={OptimizerMade: on_made, Forward: on_forward, Backward: on_backward},
    memory=Memory,
    finish=finish,
)
