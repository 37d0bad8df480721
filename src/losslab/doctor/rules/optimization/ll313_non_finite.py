"""The loss became infinite or not a number, and the optimizer made a step on it.

What it finds:
    The first backward from a loss that is nan or infinite and was followed by a step, with its
    cause: a logarithm or root of numbers out of their domain, a division by zero, an overflowing
    exp, or a loss that had grown before, as with too large a learning rate.

Why it hurts:
    The step writes nan into every parameter that it reaches. From then on all outputs are nan, and
    no later batch can repair them.

Bad:
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        (net(x).log() - 1).pow(2).mean().backward()
        optimizer.step()

Good:
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        (F.softplus(net(x)).log() - 1).pow(2).mean().backward()
        optimizer.step()

Blind spots:
    Losses that are not single numbers. On an accelerator only some backwards are checked, so the
    first one may be missed. Runs whose learning rate grows tenfold, as in a range test.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from losslab.doctor.events import Backward, StepBegin
from losslab.doctor.evidence.graph import walk_graph
from losslab.doctor.evidence.optimizers import get_gradients
from losslab.doctor.rule import Diagnostic, Rule, WatchState

if TYPE_CHECKING:
    from torch import Tensor

MOST_NODES = 10_000
GROWTH = 1e3

# The name of an operation in the graph, what it kept, and what of that is a cause.
_CAUSES: tuple[tuple[str, str, str, str], ...] = (
    ("LogBackward0", "_saved_self", "zero or below", "a logarithm of numbers {}"),
    ("Log2Backward0", "_saved_self", "zero or below", "a logarithm of numbers {}"),
    ("Log10Backward0", "_saved_self", "zero or below", "a logarithm of numbers {}"),
    ("SqrtBackward0", "_saved_result", "nan", "a root of numbers below zero"),
    ("DivBackward0", "_saved_other", "zero", "a division by {}"),
    ("ExpBackward0", "_saved_result", "infinite", "an exp that became {}"),
)
_FIXES = {
    "Log": "use log_softmax, logsigmoid or softplus, or x.clamp(min=1e-8).log()",
    "Sqr": "torch.sqrt(x.clamp(min=1e-8))",
    "Div": "divide by (x + 1e-8), or leave such rows out",
    "Exp": "use the function that takes logits, such as logsumexp or log_softmax",
}
_LOWER_RATE = "a smaller learning rate, or clip_grad_norm_ before optimizer.step()"


@dataclass
class Memory:
    """The first and the last finite loss, the first learning rate, and what is not yet decided."""

    first: float | None = None
    last: float = 0.0
    rate: float | None = None
    pending: Diagnostic | None = None
    reported: bool = False


def on_backward(event: Backward, state: WatchState, memory: Memory) -> None:
    """Read the loss; if it is not finite, look for the cause in its graph, once."""
    loss = event.losses[0] if len(event.losses) == 1 else None
    if memory.reported or loss is None or not event.accumulates or loss.numel() != 1:
        return
    if loss.is_meta or not loss.is_floating_point() or not (event.due or loss.device.type == "cpu"):
        return
    value = float(loss.detach())
    if value - value == 0:
        memory.pending, memory.last = None, abs(value)
        memory.first = abs(value) if memory.first is None else memory.first
    elif memory.pending is None:
        cause, fix = _find_cause(loss, memory)
        message = f"the loss became {value} at step {event.step + 1}{cause}"
        memory.pending = Diagnostic(place=event.place, message=message, fix=fix)


def on_step(event: StepBegin, state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report it if the step is made on gradients that are not finite."""
    rate = event.optimizer.param_groups[0]["lr"]
    if memory.rate is None and isinstance(rate, float):
        memory.rate = rate
    if memory.pending is None or memory.reported or event.closure:
        return
    raised = memory.rate is not None and isinstance(rate, float) and rate >= 10 * memory.rate > 0
    gradients = get_gradients(event.optimizer)
    if not raised and any(not bool(one.isfinite().all()) for one in gradients):
        memory.reported = True
        yield memory.pending


def _find_cause(loss: "Tensor", memory: Memory) -> tuple[str, str]:
    """Describe what is found behind a loss that is not finite, and the fix."""
    if memory.first is not None and memory.last > GROWTH * max(memory.first, 1e-6):
        return f"; it had grown from {memory.first:.3g} to {memory.last:.3g} before", _LOWER_RATE
    nodes = list(islice(walk_graph([loss], nearest_first=True), MOST_NODES))
    leaves = [node.variable for node in nodes if hasattr(node, "variable")]
    if any(not bool(leaf.detach().isfinite().all()) for leaf in leaves):
        return "; parameters were not finite already: a gradient before was not", (
            "look for sqrt, norm or division at 0 in the loss; " + _LOWER_RATE
        )
    for name, attribute, what, words in _CAUSES:
        for node in nodes:
            if node.name() == name and _is_out_of_domain(getattr(node, attribute, None), what):
                return f"; behind it is {words.format(what)}", _FIXES[name[:3]]
    return "", "check the inputs and targets with torch.isfinite, and the learning rate"


def _is_out_of_domain(tensor: Any, what: str) -> bool:
    if tensor is None:
        return False
    wrong = {
        "zero or below": lambda: tensor <= 0,
        "zero": lambda: tensor == 0,
        "nan": tensor.isnan,
        "infinite": tensor.isinf,
    }
    return bool(wrong[what]().any())


RULE = Rule(
    code="LL313",
    name="non-finite",
    severity="error",
    page=__doc__,
    handlers={Backward: on_backward, StepBegin: on_step},
    memory=Memory,
    symptom_of=("LL1", "LL2"),
)
