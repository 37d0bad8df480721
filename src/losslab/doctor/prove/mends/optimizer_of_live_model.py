"""LL301: the optimizer gets the parameters that the loss reaches and no optimizer holds."""

import ast
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from losslab.doctor.evidence.graph import reach
from losslab.doctor.intercept.losses import BACKWARDS
from losslab.doctor.prove.expression import Edit, parsed, source_of
from losslab.doctor.prove.fix import Call, Change, Fix
from losslab.doctor.watch_state import parameters_of

if TYPE_CHECKING:
    from torch.optim import Optimizer


def change(call: Call) -> Change | None:
    """Before a backward, give idle optimizers of the findings' lines what it reaches."""
    given = call.get(0, "tensors")
    losses = [given] if isinstance(given, Tensor) else list(given or ())
    idle = [one for one in call.state.optimizers if call.state.made_at(one).key in call.lines]
    if not idle:
        return None
    leaves = reach(losses).leaves
    reached = {id(leaf) for leaf in leaves}
    edits: list[Edit] = []
    for optimizer in idle:
        held = {id(one) for other in call.state.optimizers for one in parameters_of(other)}
        free = [leaf for leaf in leaves if isinstance(leaf, nn.Parameter) and id(leaf) not in held]
        if free and not any(id(one) in reached for one in parameters_of(optimizer)):
            hand_over(optimizer, free)
            edits += made_again(*call.state.made_at(optimizer).key, free)
    return Change(args=call.args, kwargs=call.kwargs, edits=tuple(edits)) if edits else None


def hand_over(optimizer: "Optimizer", live: Iterable[Tensor]) -> None:
    """Put parameters into an optimizer's groups: by their shapes, if there are several groups."""
    left = list(live)
    groups = optimizer.param_groups
    for group in groups[1:]:
        shapes = [one.shape for one in group["params"]]
        group["params"] = []
        for shape in shapes:
            match = next((one for one in left if one.shape == shape), None)
            if match is not None:
                group["params"].append(match)
                left = [one for one in left if one is not match]
    groups[0]["params"] = left


def made_again(file: str, line: int, live: Iterable[Tensor]) -> list[Edit]:
    """Write the optimizer's statement once more, below the one that made the model it missed."""
    tree = parsed(file, source_of(file))
    made = next((one for one in tree.body if one.lineno <= line <= (one.end_lineno or 0)), None)
    name = _name_of_model(live)
    if name is None or not isinstance(made, ast.Assign):
        return []
    after = [
        one
        for one in tree.body
        if one.lineno > line
        and isinstance(one, ast.Assign)
        and any(isinstance(to, ast.Name) and to.id == name for to in one.targets)
    ]
    earlier = _model_named_in(made)
    if not after or earlier is None:
        return []
    text = ast.get_source_segment(source_of(file), made) or ""
    text = text.replace(f"{earlier}.parameters()", f"{name}.parameters()")
    end = (after[-1].end_lineno or 0, after[-1].end_col_offset or 0)
    return [Edit(file, end, end, f"\n{text}")]


def _name_of_model(live: Iterable[Tensor]) -> str | None:
    """Find the script's own name of the model that has these parameters."""
    wanted = {id(one) for one in live}
    for name, value in vars(sys.modules["__main__"]).items():
        if isinstance(value, nn.Module) and wanted <= {id(one) for one in value.parameters()}:
            return str(name)
    return None


def _model_named_in(made: ast.Assign) -> str | None:
    for node in ast.walk(made.value):
        if isinstance(node, ast.Attribute) and node.attr == "parameters":
            return node.value.id if isinstance(node.value, ast.Name) else None
    return None


def functions() -> frozenset[Any]:
    """All ways to start a backward."""
    return frozenset(BACKWARDS)


MEND = Fix(
    rule="LL301",
    how="optimizer given the live parameters",
    functions=functions,
    change=change,
    anywhere=True,
)
