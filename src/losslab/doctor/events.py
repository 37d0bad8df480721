"""Events: records of the intercepted calls, which the rules check.

Every event has its place and step; ``number`` counts the calls of its kind at that place from 1,
and ``round`` the steps and backwards between which there were any. ``due`` marks the sampled calls,
at which costly evidence (anything that reads a tensor's values) is worth its time: rounds are
sampled ever more rarely, and so are the calls of a long loop within a round.
Shapes and dtypes cost nothing: check them every time.
An event lives only during its call: rules keep numbers and strings of it, never tensors.

``LossCall``       a loss of PyTorch, module or functional
``Activation``     a function of one tensor: softmax, relu, log, embedding, ...
``Arithmetic``     the user's + - * / ** of two tensors of unlike shape, or of two single numbers
``Comparison``     the user's == != < > <= >=
``Reduction``      the user's argmax, max, min, topk, sort, mean, sum
``Cut``            a tensor leaves its graph: detach, data, item, numpy, tolist, float
``Backward``       before backward or grad; ``BackwardDone`` after it
``OptimizerMade``  an optimizer was constructed
``StepBegin``      before optimizer.step; ``StepDone`` after it
``ZeroGrad``       zero_grad of an optimizer or a module; ``GradientSet`` is p.grad = ... by hand
``Clip``           clip_grad_norm_ or clip_grad_value_
``SchedulerStep``  a step of a learning-rate schedule
``ModeSwitch``     module.train() or module.eval()
``AttributeSet``   module.requires_grad = ..., which no module has
``StateTaken``     module.state_dict(); ``StateLoaded`` before module.load_state_dict(...)
``Forward``        a whole module was called
``Noise``          dropout or batch norm ran
``NotebookOpened`` the cells of a notebook are about to run
``Failed``         the exception that ended the run
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from losslab.doctor.location import Place

if TYPE_CHECKING:
    from torch import Tensor, nn
    from torch.optim import Optimizer


# Rules must not change events. They are not frozen, since one is made for every call that is
# watched, and a frozen one takes four times as long to make.
@dataclass(kw_only=True, slots=True, eq=False)
class Event:
    """The fields that all events have."""

    place: Place
    step: int  # optimizer steps finished so far, over all optimizers
    number: int
    round: int
    due: bool


@dataclass(kw_only=True, slots=True, eq=False)
class LossCall(Event):
    """A call of one of PyTorch's losses.

    ``name`` is the functional name without ``_loss``: "mse", "cross_entropy", "bce",
    "bce_with_logits", "nll", "kl_div", ... ``arguments`` holds every argument that was given, by
    its name in ``torch.nn.functional``; ``prediction`` is the first tensor and ``target`` the
    argument of that name (of a triplet loss there is none).
    """

    name: str
    prediction: "Tensor"
    target: "Tensor | None"
    arguments: Mapping[str, Any]
    output: "Tensor"

    @property
    def reduction(self) -> str:
        """The reduction asked for: "mean", "sum", "none" or "batchmean"."""
        return str(self.arguments.get("reduction", "mean"))


@dataclass(kw_only=True, slots=True, eq=False)
class Activation(Event):
    """A function of one tensor: softmax, log_softmax, sigmoid, relu, tanh, exp, log, round, ...

    Also an embedding of indices, and ``one_hot``.
    ``axis`` is the axis that softmax and its variants reduce, counted from the end (-1 is last).
    """

    name: str
    input: "Tensor"
    output: "Tensor"
    axis: int | None


@dataclass(kw_only=True, slots=True, eq=False)
class Arithmetic(Event):
    """The user's own sub, add, mul, div or pow of two tensors of unlike shape, or of two scalars.

    ``name`` is one of sub, add, mul, div, pow; ``inplace`` marks ``+=`` and ``add_``.
    """

    name: str
    left: "Tensor"
    right: "Tensor"
    output: "Tensor"
    inplace: bool


@dataclass(kw_only=True, slots=True, eq=False)
class Comparison(Event):
    """The user's own eq, ne, gt, ge, lt or le of a tensor with a tensor or a number."""

    name: str
    left: "Tensor"
    right: "Tensor | float"
    output: "Tensor"


@dataclass(kw_only=True, slots=True, eq=False)
class Reduction(Event):
    """The user's own argmax, argmin, max, min, topk, sort, mean or sum.

    ``axis`` is counted from the end, or None where all axes are reduced.
    """

    name: str
    input: "Tensor"
    output: Any
    axis: int | None


@dataclass(kw_only=True, slots=True, eq=False)
class Cut(Event):
    """A tensor leaves its graph: detach, data, item, numpy, tolist, float.

    ``attached`` tells whether it had a graph.
    """

    name: str
    input: "Tensor"
    output: Any
    attached: bool


@dataclass(kw_only=True, slots=True, eq=False)
class Backward(Event):
    """Just before ``loss.backward()``, ``torch.autograd.backward`` or ``torch.autograd.grad``."""

    name: str
    losses: "tuple[Tensor, ...]"
    accumulates: bool  # into .grad: false for torch.autograd.grad


@dataclass(kw_only=True, slots=True, eq=False)
class BackwardDone(Backward):
    """Just after a backward."""


@dataclass(kw_only=True, slots=True, eq=False)
class OptimizerMade(Event):
    """An optimizer was constructed."""

    optimizer: "Optimizer"


@dataclass(kw_only=True, slots=True, eq=False)
class StepBegin(Event):
    """Just before an optimizer's step; ``closure`` tells whether it was given one."""

    optimizer: "Optimizer"
    closure: bool


@dataclass(kw_only=True, slots=True, eq=False)
class StepDone(StepBegin):
    """Just after an optimizer's step."""


@dataclass(kw_only=True, slots=True, eq=False)
class ZeroGrad(Event):
    """``zero_grad()`` of an optimizer or a module."""

    owner: "Optimizer | nn.Module"


@dataclass(kw_only=True, slots=True, eq=False)
class GradientSet(Event):
    """The user assigns to ``tensor.grad``; ``to_none`` if to None."""

    tensor: "Tensor"
    to_none: bool


@dataclass(kw_only=True, slots=True, eq=False)
class Clip(Event):
    """Gradients are clipped, to ``limit``: "clip_grad_norm_" or "clip_grad_value_"."""

    name: str
    parameters: "tuple[Tensor, ...]"
    limit: float


@dataclass(kw_only=True, slots=True, eq=False)
class SchedulerStep(Event):
    """A learning-rate schedule makes a step (not the one of its construction)."""

    scheduler: Any
    optimizer: "Optimizer | None"


@dataclass(kw_only=True, slots=True, eq=False)
class ModeSwitch(Event):
    """``module.train()`` or ``module.eval()``, called on the outermost module."""

    module: "nn.Module"
    training: bool


@dataclass(kw_only=True, slots=True, eq=False)
class AttributeSet(Event):
    """The user sets ``requires_grad`` on a module, from outside of the module."""

    module: "nn.Module"
    value: Any


@dataclass(kw_only=True, slots=True, eq=False)
class StateTaken(Event):
    """``module.state_dict()``; its tensors are the module's own, not copies."""

    module: "nn.Module"
    state: Mapping[str, Any]


@dataclass(kw_only=True, slots=True, eq=False)
class StateLoaded(StateTaken):
    """Just before ``module.load_state_dict(state)``."""


@dataclass(kw_only=True, slots=True, eq=False)
class Forward(Event):
    """A module was called by the user and not by another module; its inputs and its output.

    ``takers`` names what the unchanged first input was passed to: classes of modules without
    submodules, and "linear" for PyTorch's functions of a linear layer or convolution.
    """

    module: "nn.Module"
    inputs: tuple[Any, ...]
    output: Any
    takers: tuple[str, ...]


@dataclass(kw_only=True, slots=True, eq=False)
class Noise(Event):
    """A layer that trains and evaluates differently ran: "dropout" or "batch_norm".

    ``training`` is how it ran; ``rate`` is dropout's.
    """

    name: str
    training: bool
    rate: float | None
    input: "Tensor"


@dataclass(kw_only=True, slots=True, eq=False)
class NotebookOpened(Event):
    """The cells of a notebook are about to run.

    ``cells`` has their names in order, each with the number it was saved with, if it was run.
    """

    cells: tuple[tuple[str, int | None], ...]


@dataclass(kw_only=True, slots=True, eq=False)
class Failed(Event):
    """The exception that ended the run came out of this call of PyTorch.

    It is an event only if nobody caught it. ``function`` is the name as in ``Watched``, or
    PyTorch's own; ``loss`` is the canonical name if it was a loss; ``arguments`` are named for
    losses and otherwise numbered "0", "1", ...
    """

    function: str
    loss: str | None
    arguments: Mapping[str, Any]
    error: BaseException
