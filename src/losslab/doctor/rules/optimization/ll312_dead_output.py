"""The gradient is exactly zero from early on until the end: nothing is learned.

What it finds:
    An optimizer all of whose gradients are exactly 0 although the loss is not and reaches its
    parameters; as an error, if the output of an activation is saturated (ReLU at 0, sigmoid or tanh
    at their limits) for all values. A hidden layer that is dead is a warning.

Why it hurts:
    A saturated function passes no gradient, so the layers before it never change, and no later
    batch can revive it.

Bad:
    net = nn.Sequential(nn.Linear(4, 1), nn.ReLU())
    nn.init.constant_(net[0].bias, -20.0)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(12):
        optimizer.zero_grad()
        F.mse_loss(net(x).squeeze(1), values.abs()).backward()
        optimizer.step()

Good:
    net = nn.Sequential(nn.Linear(4, 1), nn.Softplus())
    nn.init.constant_(net[0].bias, -20.0)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(12):
        optimizer.zero_grad()
        F.mse_loss(net(x).squeeze(1), values.abs()).backward()
        optimizer.step()

Blind spots:
    Runs of fewer than eight steps, and outputs that died late in a run. Single dead units. Hidden
    layers behind a normalization. Optimizers that are given a closure.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from losslab.doctor.events import Activation, Backward, StepBegin, StepDone, ZeroGrad
from losslab.doctor.evidence.graph import reach
from losslab.doctor.evidence.optimizers import get_parameters
from losslab.doctor.evidence.provenance import find_layer_weight
from losslab.doctor.evidence.records import WeakMap
from losslab.doctor.evidence.streak import Streak, is_looked_at
from losslab.doctor.location import NOWHERE, Place
from losslab.doctor.rule import Diagnostic, Rule, WatchState

if TYPE_CHECKING:
    from torch import Tensor

# Where the derivative is exactly zero. The output of a ReLU is 0 there, and nowhere else.
FLAT: dict[str, tuple[float, ...]] = {
    "relu": (0.0,),
    "relu6": (0.0, 6.0),
    "sigmoid": (0.0, 1.0),
    "hardsigmoid": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "softmax": (0.0, 1.0),
}
# Operations whose gradient is zero everywhere, by their name in the graph.
STEPPED = {f"{name}Backward0": name.lower() for name in ("Round", "Floor", "Ceil", "Sign")}
MOST_LAYERS = 10_000
LEAST_STUCK = 3
_SMALLER = "a smaller learning rate or scaled inputs, so that the scores stay small"
_FIXES = {
    "relu": "no ReLU behind the last layer; inside, nn.LeakyReLU or a smaller learning rate",
    "sigmoid": f"a loss that takes scores, such as binary_cross_entropy_with_logits; {_SMALLER}",
    "softmax": f"a loss that takes scores, such as cross_entropy; {_SMALLER}",
}


@dataclass
class Layer:
    """A layer whose activation was flat: ``stuck`` counts looks at its gradient, all zero."""

    activation: str
    place: Place
    flat: Streak = field(default_factory=Streak)
    stuck: int = 0
    learning: bool = False
    optimizer: int = 0


@dataclass
class Steps:
    """An optimizer's steps with nothing but zero gradients."""

    zero: Streak = field(default_factory=Streak)
    suspect: bool = False
    parameters: int = 0
    place: Place = NOWHERE
    cause: str = ""


@dataclass
class Memory:
    """Layers by their weight, optimizers by number, and this round's backwards.

    A round ends with a step or a ``zero_grad``. ``reached`` has the ids of the leaves that its
    losses reach, those that are not zero; ``walked`` tells whether they were looked for, as they
    are from the first zero on (``suspicious``).
    """

    layers: WeakMap[Layer] = field(default_factory=partial(WeakMap, keep=True))
    optimizers: dict[int, Steps] = field(default_factory=dict)
    reached: set[int] = field(default_factory=set)
    suspicious: bool = False
    walked: bool = False
    stepped: bool = False
    place: Place = NOWHERE
    cause: str = ""

    def start_round(self) -> None:
        """Forget the backwards so far."""
        self.reached.clear()
        self.walked = self.stepped = False


def on_activation(event: Activation, state: WatchState, memory: Memory) -> None:
    """Check whether all values of a layer's activation lie where it is flat."""
    if event.name not in FLAT or not event.output.requires_grad:
        return
    weight = find_layer_weight(state.find_origin(event.input, "linear"))
    if weight is None:
        return
    layer = memory.layers.get(weight)
    if layer is None:
        if len(memory.layers) >= MOST_LAYERS:
            return
        layer = memory.layers[weight] = Layer(event.name, event.place)
    layer.flat.calls += 1
    if is_looked_at(layer.flat.calls):
        layer.flat.look(_is_flat(event.name, event.output), event.step)
        memory.suspicious |= layer.flat.looks > 0


def _is_flat(name: str, output: "Tensor") -> bool:
    if not output.numel() or output.is_meta:
        return False
    values, (first, *others) = output.detach(), FLAT[name]
    at_end = values == first
    for end in others:
        at_end |= values == end
    return bool(at_end.all())


def on_backward(event: Backward, state: WatchState, memory: Memory) -> None:
    """While there is a suspect, find which parameters the losses reach that are not zero."""
    if not event.accumulates:
        return
    if memory.stepped:
        memory.start_round()
    if memory.suspicious and any(
        is_looked_at(one.zero.calls + 1) for one in memory.optimizers.values()
    ):
        memory.walked, memory.place = True, event.place
        behind = reach(loss for loss in event.losses if not loss.is_meta and _is_nonzero(loss))
        memory.reached |= {id(leaf) for leaf in behind.leaves}
        names = {name for name, _ in behind.nodes}
        memory.cause = next((word for node, word in STEPPED.items() if node in names), "")


def on_step(event: StepBegin, state: WatchState, memory: Memory) -> None:
    """Look at the gradients: as a rule at one of them, as it is not zero."""
    number = state.get_number(event.optimizer)
    steps = memory.optimizers.setdefault(number, Steps())
    steps.zero.calls += 1
    if event.closure or not is_looked_at(steps.zero.calls):
        return
    graded = [one for one in get_parameters(event.optimizer) if one.grad is not None]
    if not graded or any(_is_nonzero(one.grad) for one in graded):
        steps.suspect = False
        steps.zero.look(False, event.step)
    elif not steps.suspect:
        steps.suspect = memory.suspicious = True
    elif memory.walked:
        steps.zero.look(any(id(one) in memory.reached for one in graded), event.step)
        steps.parameters, steps.place, steps.cause = len(graded), memory.place, memory.cause
    _look_at_layers(graded, number, memory)


def _look_at_layers(graded: "list[Tensor]", number: int, memory: Memory) -> None:
    for parameter in graded:
        layer = memory.layers.get(parameter)
        if layer is None or not layer.flat.looks:
            continue
        if _is_nonzero(parameter.grad):
            layer.learning = True  # there is another way to it
        elif memory.walked and id(parameter) in memory.reached:
            layer.stuck, layer.optimizer = layer.stuck + 1, number


def _is_nonzero(tensor: "Tensor | None") -> bool:
    """Tell whether a tensor has a value that is not zero; also if that cannot be told."""
    if tensor is None or tensor.is_meta:
        return True
    tensor = tensor.detach()
    return bool((tensor._values() if tensor.is_sparse else tensor).any())


def on_step_done(event: StepDone, state: WatchState, memory: Memory) -> None:
    """Begin a new round with the next backward; other optimizers may still step on this one."""
    memory.stepped = True


def on_zero_grad(event: ZeroGrad, state: WatchState, memory: Memory) -> None:
    """Begin a new round: gradients are gone."""
    memory.start_round()


def finish(state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report optimizers that train nothing, then layers that are dead in others."""
    dead = {number: one for number, one in memory.optimizers.items() if one.zero.lasts()}
    layers = [
        layer
        for layer in memory.layers.values()
        if layer.flat.lasts() and layer.stuck >= LEAST_STUCK and not layer.learning
    ]
    for number, steps in dead.items():
        flat = next((layer for layer in layers if layer.optimizer == number), None)
        reason = f"; {steps.cause} has no gradient" if steps.cause else ""
        if flat is not None:
            reason = f"; {flat.activation} passes none, all its values are at its flat end"
        yield Diagnostic(
            place=steps.place if flat is None else flat.place,
            message=f"the gradients of all {steps.parameters} parameters were exactly 0 at each of "
            f"{steps.zero.looks} looks, from step {steps.zero.first_step + 1} to step "
            f"{steps.zero.last_step + 1}, and the loss was not{reason}",
            fix=_choose_fix(flat, steps.cause),
            severity="warning" if flat is None and not steps.cause else "error",
            count=steps.zero.looks,
        )
    for layer in layers:
        if layer.optimizer not in dead:
            yield Diagnostic(
                place=layer.place,
                message=f"all values of {layer.activation} are at its flat end in each of "
                f"{layer.flat.looks} calls looked at, from step {layer.flat.first_step + 1} to "
                f"step {layer.flat.last_step + 1}: the layer before it has a gradient of exactly 0",
                fix=_choose_fix(layer, ""),
                severity="warning",
                count=layer.flat.looks,
            )


def _choose_fix(flat: Layer | None, cause: str) -> str:
    if flat is not None:
        return _FIXES.get(flat.activation, _SMALLER)
    if cause:
        return f"leave {cause} out of the loss, or pass gradients by: x + ({cause}(x) - x).detach()"
    return "look for weights that are all zero, a saturated output, or a clamp; " + _SMALLER


RULE = Rule(
    code="LL312",
    name="dead-output",
    severity="error",
    page=__doc__,
    handlers={
        Activation: on_activation,
        Backward: on_backward,
        StepBegin: on_step,
        StepDone: on_step_done,
        ZeroGrad: on_zero_grad,
    },
    memory=Memory,
    finish=finish,
    symptom_of=("LL1", "LL2"),
)
