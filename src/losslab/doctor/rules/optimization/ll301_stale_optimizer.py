"""An optimizer holds parameters that no loss reaches.

What it finds:
    An optimizer that made steps although none of its parameters had a gradient, from the start or
    until the end, while gradients went to trainable parameters that no optimizer holds: the model
    was replaced, copied or rebuilt after the optimizer was created.

Why it hurts:
    The steps change nothing. The model keeps its initial weights, and the loss does not improve.

Bad:
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    net = nn.Linear(4, 1)
    for _ in range(3):
        optimizer.zero_grad()
        F.mse_loss(net(x).squeeze(1), values).backward()
        optimizer.step()

Good:
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        F.mse_loss(net(x).squeeze(1), values).backward()
        optimizer.step()

Blind spots:
    An optimizer some of whose parameters are reached: the others may be frozen on purpose. One
    whose old gradients were set to zeros instead of None.
"""

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from losslab.doctor.events import Backward, StepBegin
from losslab.doctor.evidence.graph import reach
from losslab.doctor.evidence.optimizers import get_ids, get_parameters
from losslab.doctor.evidence.source import parse_source, read_source
from losslab.doctor.evidence.values import as_tensor
from losslab.doctor.fixes.call_fix import Call, CallFix, Change
from losslab.doctor.fixes.expression import Edit
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer

LEAST_STEPS = 2
# Of an optimizer that did train something before: it may only be resting.
LEAST_IDLE = 5
MOST_WALKS = 8


@dataclass
class Steps:
    """An optimizer's latest steps in a row without any gradient.

    ``missed`` counts parameters that losses reached meanwhile and no optimizer held; ``walks`` how
    often that was looked into.
    """

    place: Place
    parameters: int
    count: int = 0
    walks: int = 0
    missed: int = 0
    trained: bool = False


@dataclass
class Memory:
    """Optimizers by number, and those that are idle now."""

    known: dict[int, Steps] = field(default_factory=dict)
    idle: set[int] = field(default_factory=set)


def on_backward(event: Backward, state: WatchState, memory: Memory) -> None:
    """Count the parameters that a loss reaches and nobody holds, while an optimizer is idle."""
    idle = [memory.known[number] for number in memory.idle]
    idle = [steps for steps in idle if steps.walks < MOST_WALKS]
    if event.accumulates and idle:
        held = get_ids(state.optimizers)
        # A loss without a history is its own leaf; that is another mistake.
        held |= {id(loss) for loss in event.losses}
        missed = sum(id(leaf) not in held for leaf in reach(event.losses).leaves)
        for steps in idle:
            steps.walks += 1
            steps.missed = max(steps.missed, missed)


def on_step(event: StepBegin, state: WatchState, memory: Memory) -> None:
    """Look for a gradient; as a rule the first parameter has one."""
    number, groups = state.get_number(event.optimizer), event.optimizer.param_groups
    steps = memory.known.get(number)
    if steps is None:
        made, count = state.get_place(event.optimizer), len(get_parameters(event.optimizer))
        steps = memory.known[number] = Steps(made if made.line else event.place, count)
    if event.closure or any(one.grad is not None for group in groups for one in group["params"]):
        steps.trained = True
        steps.count = steps.walks = steps.missed = 0
        memory.idle.discard(number)
    else:
        steps.count += 1
        memory.idle.add(number)


def finish(state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report optimizers that went idle for good, if something was trained that none holds."""
    for number in memory.idle:
        steps = memory.known[number]
        if steps.missed and steps.count >= (LEAST_IDLE if steps.trained else LEAST_STEPS):
            before = "; before, it trained another model" if steps.trained else ""
            yield Diagnostic(
                place=steps.place,
                message=f"none of the optimizer's {steps.parameters} parameters had a gradient in "
                f"{steps.count} steps; the losses reach {steps.missed} other parameters, which no "
                f"optimizer holds{before}",
                fix="make the optimizer after the model: torch.optim.Adam(model.parameters())",
                count=steps.count,
            )


def give_live_parameters(call: Call) -> Change | None:
    """Before a backward, give idle optimizers of the findings' lines what it reaches."""
    from torch.nn import Parameter

    given, state = call.get(0, "tensors"), call.state
    idle = [one for one in state.optimizers if state.get_place(one).key in call.lines]
    if not idle:
        return None
    leaves = reach([given] if as_tensor(given) is not None else list(given or ())).leaves
    reached = {id(leaf) for leaf in leaves}
    edits: list[Edit] = []
    for optimizer in idle:
        held = get_ids(state.optimizers)
        free = [leaf for leaf in leaves if isinstance(leaf, Parameter) and id(leaf) not in held]
        if free and reached.isdisjoint(get_ids([optimizer])):
            replace_parameters(optimizer, free)
            edits += _repeat_statement(*state.get_place(optimizer).key, free)
    return Change(args=call.args, kwargs=call.kwargs, edits=tuple(edits)) if edits else None


def replace_parameters(optimizer: "Optimizer", live: "Iterable[Tensor]") -> None:
    """Put parameters into an optimizer's groups: by their shapes, if there are several groups."""
    rest = list(live)
    groups = optimizer.param_groups
    for group in groups[1:]:
        shapes = [one.shape for one in group["params"]]
        group["params"] = []
        for shape in shapes:
            match = next((one for one in rest if one.shape == shape), None)
            if match is not None:
                group["params"].append(match)
                rest = [one for one in rest if one is not match]
    groups[0]["params"] = rest


def _repeat_statement(file: str, line: int, live: "Iterable[Tensor]") -> list[Edit]:
    """Write the optimizer's statement again, below the one that made the model it missed."""
    source = read_source(file)
    body = parse_source(file, source).body
    made = next((one for one in body if one.lineno <= line <= (one.end_lineno or 0)), None)
    name, earlier = _find_model_name(live), _find_first_model(made)
    after = [
        one
        for one in body
        if one.lineno > line
        and isinstance(one, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == name for target in one.targets)
    ]
    if made is None or not after or earlier is None:
        return []
    text = ast.get_source_segment(source, made) or ""
    text = text.replace(f"{earlier}.parameters()", f"{name}.parameters()")
    end = (after[-1].end_lineno or 0, after[-1].end_col_offset or 0)
    return [Edit(file, end, end, f"\n{text}")]


def _find_model_name(live: "Iterable[Tensor]") -> str | None:
    """Find the script's own name of the model that has these parameters."""
    from torch.nn import Module

    wanted = {id(one) for one in live}
    for name, value in vars(sys.modules["__main__"]).items():
        if isinstance(value, Module) and wanted <= {id(one) for one in value.parameters()}:
            return str(name)
    return None


def _find_first_model(statement: ast.stmt | None) -> str | None:
    """Find the name of the model whose parameters an assignment takes."""
    for node in ast.walk(statement.value) if isinstance(statement, ast.Assign) else ():
        if isinstance(node, ast.Attribute) and node.attr == "parameters":
            return node.value.id if isinstance(node.value, ast.Name) else None
    return None


RULE = Rule(
    code="LL301",
    name="stale-optimizer",
    severity="error",
    page=__doc__,
    handlers={Backward: on_backward, StepBegin: on_step},
    memory=Memory,
    finish=finish,
    call_fix=CallFix(
        title="optimizer given the live parameters",
        apply=give_live_parameters,
        functions=("backward", "grad"),
        anywhere=True,
    ),
)
