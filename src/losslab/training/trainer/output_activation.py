"""The output activation of a model, and whether it fits the loss and the targets."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import torch
from torch import Tensor

from losslab.contracts.domain import Kind
from losslab.contracts.interval import UNIT, Interval
from losslab.core.errors import ContractError
from losslab.losses.spec import Loss
from losslab.objectives.catalog import CODECS, HEADS, list_pairings
from losslab.objectives.misfit import find_misfit
from losslab.objectives.objective import Objective
from losslab.objectives.spec import Codec, Head, describe_interval, describe_numbers, format_kinds

# Autograd nodes of functions that rearrange numbers without changing them.
_REARRANGING = frozenset(
    f"{name}Backward{variant}"
    for name in (
        *("Alias", "Clone", "Expand", "Permute", "ReshapeAlias", "Select", "Slice", "Split"),
        *("Squeeze", "T", "ToCopy", "Transpose", "Unbind", "UnsafeView", "Unsqueeze", "View"),
    )
    for variant in range(4)
)
_LINEAR = ("AddmmBackward0", "ConvolutionBackward0")


@dataclass(frozen=True, kw_only=True)
class OutputActivation:
    """The last function of a model, found in the graph of autograd.

    Args:
        head: the equal head of the catalogue; the identity for the output of a linear layer.
        name: the name of the function in messages.
        width: the number of outputs that a softmax normalizes, None for other functions.
    """

    head: Head
    name: str
    width: int | None = None

    @property
    def is_linear(self) -> bool:
        """Whether the output is that of a linear layer."""
        return self.head.name == "identity"

    @property
    def removal(self) -> str:
        """The fix that removes it."""
        return f"leave out {self.name} at the end of the model"

    def describe_output(self) -> str:
        """Describe the outputs of the model, in errors."""
        numbers = "scores"
        if not self.is_linear:
            numbers = describe_numbers(self.head.emits, self.head.reaches)
        return f"{numbers} from a model whose output comes from {self.name}"

    def is_redundant(self, function: Callable[[Tensor], Tensor]) -> bool:
        """Return whether ``function`` gives the same with and without the activation before it."""
        if self.is_linear:
            return False  # the missing activation is the problem
        z = torch.linspace(-2.0, 3.0, 12, dtype=torch.float64).reshape(4, 3)
        return torch.allclose(function(z), function(self.head.fn(z)))


def find_output_activation(z: Tensor) -> OutputActivation | None:
    """Find the activation that an output comes from, or None if it is unknown.

    Functions that only rearrange numbers are skipped. The activation is unknown if any other
    function follows it, or without a graph of autograd.

    Examples:
        >>> z = torch.zeros(4, 1, requires_grad=True)
        >>> find_output_activation(z.sigmoid().squeeze(1)).name
        'sigmoid'
        >>> find_output_activation(2 * z.sigmoid()) is None
        True
    """
    node = _skip_rearranging(z.grad_fn)
    if _is_linear(node):
        return OutputActivation(head=HEADS["identity"], name="a linear layer")
    head = None if node is None else _index_heads_by_node().get(node.name())
    # The exponential of a difference of logarithms may be a probability.
    if head is None or (head.name == "exp" and not _is_linear(_skip_rearranging(_get_input(node)))):
        return None
    return OutputActivation(head=head, name=head.name, width=_get_softmax_width(node))


def _skip_rearranging(node: Any) -> Any:
    while node is not None and node.name() in _REARRANGING:
        node = _get_input(node)
    return node


def _get_input(node: Any) -> Any:
    return node.next_functions[0][0] if node.next_functions else None


def _is_linear(node: Any) -> bool:
    return node is not None and node.name() in _LINEAR


@cache
def _index_heads_by_node() -> dict[str, Head]:
    """Index the heads that are one node of autograd by the name of that node."""
    found = {}
    for head in HEADS.values():
        leaf = torch.zeros(1, 2, requires_grad=True)
        with torch.enable_grad():
            node: Any = head(leaf).grad_fn
        inputs = [] if node is None else [source for source, _ in node.next_functions]
        if len(inputs) == 1 and "AccumulateGrad" in inputs[0].name():
            found[node.name()] = head
    return found


def _get_softmax_width(node: Any) -> int | None:
    """Get the number of outputs that a softmax normalizes, before any later slicing."""
    if not hasattr(node, "_saved_dim"):
        return None
    result: Tensor = node._saved_result
    # Autograd saves a negative axis as an unsigned number.
    dim = node._saved_dim - 2**64 if node._saved_dim >= 2**63 else node._saved_dim
    return int(result.shape[dim])


# These fit any activation: targets may have any range, and directions any length.
_UNRESTRICTED = {Kind.VALUE, Kind.UNIT_VECTOR}


def check_criterion_activation(contract: Loss, z: Tensor, target: Tensor) -> None:
    """Refuse an activation that an objective with this loss would refuse as its head.

    Examples:
        >>> from losslab.losses.catalog import LOSSES
        >>> z = torch.zeros(4, 3, requires_grad=True).softmax(-1)
        >>> check_criterion_activation(LOSSES["cross_entropy"], z, torch.tensor([0, 1, 2, 0]))
        Traceback (most recent call last):
        losslab.core.errors.ContractError: loss 'cross_entropy' needs raw scores, but got ...
    """
    activation, loss = find_output_activation(z), contract.for_target(target)
    if activation is None:
        return
    listed = (pair for task in loss.tasks for pair in list_pairings(task, loss.name))
    fitting = (pair for pair in listed if loss.target.shares_kind(CODECS[pair.codec].emits))
    usual = next(fitting, None)
    if usual is not None and _UNRESTRICTED.isdisjoint(loss.prediction.kinds):
        codec = _widen(CODECS[usual.codec])
        wrong = find_misfit(usual.task, activation.head, loss, codec, usual.head)
        if wrong is not None and not activation.is_redundant(_sample_loss(loss)):
            instead = "" if activation.is_linear else f" instead of {activation.name}"
            raise ContractError(
                wrong.needed,
                got=activation.describe_output(),
                fix=f"{activation.removal}: the last layer's own output serves as "
                f"{format_kinds(loss.prediction.kinds)}"
                if usual.head == "identity"
                else f"end the model in {HEADS[usual.head].torch_class}{instead}",
            )
    _refuse_one_output(activation)


def check_objective_activation(objective: Objective, z: Tensor) -> None:
    """Refuse an activation before the objective's own head, such as that head applied twice."""
    activation = find_output_activation(z)
    if activation is None or objective.wrong is not None or activation.is_linear:
        return
    _refuse_one_output(activation)
    head, loss = objective.head, objective.loss
    if head.name == "identity":
        codec = _widen(objective.codec)
        wrong = find_misfit(objective.task, activation.head, loss, codec, head.name)
        if wrong is not None and not activation.is_redundant(_sample_loss(loss)):
            raise ContractError(
                wrong.needed, got=activation.describe_output(), fix=activation.removal
            )
        return
    gives_probabilities = {Kind.PROBABILITY, Kind.LOG_PROBABILITY}.intersection(head.emits)
    is_spoiled = bool(gives_probabilities) or head is activation.head
    if is_spoiled and not activation.is_redundant(head.fn):
        raise ContractError(
            f"head {head.name!r} needs the raw output of the model's last layer",
            got=activation.describe_output(),
            fix=f"{activation.removal}: the objective applies {head.name} itself",
        )


def _widen(codec: Codec) -> Codec:
    """Make the encoding one of several outputs, whose number is checked elsewhere."""
    return replace(codec, per_class=True, n_classes=codec.n_classes or 2)


def _refuse_one_output(activation: OutputActivation) -> None:
    if activation.width == 1:
        constant = 0 if Kind.LOG_PROBABILITY in activation.head.emits else 1
        raise ContractError(
            f"{activation.name} needs at least {activation.head.min_width} outputs",
            got=f"a model whose one output comes from {activation.name}: it is always {constant}",
            fix="end a model of one output in torch.nn.Sigmoid(), or give it one output per class",
        )


def _sample_loss(loss: Loss) -> Callable[[Tensor], Tensor]:
    generator = torch.Generator().manual_seed(0)
    shape = (4,) if loss.target.integer else (4, 3)
    target = loss.target.sample(*shape, generator=generator)
    return lambda prediction: loss.compute(prediction, target)


# Measured values exceed a bound by their noise. Those of another range exceed it by much more:
# a one-sided bound by half of their mean deviation, if they are standardized.
_MAX_EXCESS = 0.1
_MAX_DEVIATIONS, _MIN_VALUES = 0.25, 8
_TARGET_LIKE = {Kind.VALUE, Kind.PROBABILITY}
_SIGNS = Interval(-1.0, 1.0)


def check_target_range(contract: Loss, z: Tensor, target: Tensor) -> None:
    """Refuse targets that lie, on average, well outside the range of the output activation.

    Examples:
        >>> import torch
        >>> from losslab.losses.catalog import LOSSES
        >>> z = torch.zeros(2, 1, requires_grad=True).sigmoid()
        >>> check_target_range(LOSSES["mse"], z, torch.tensor([[-1.0], [1.0]]))
        Traceback (most recent call last):
        losslab.core.errors.ContractError: loss 'mse' needs targets between 0 and 1, which is all...
    """
    activation, kinds = find_output_activation(z), set(contract.prediction.kinds)
    # A loss of any kind of number may treat targets in any way.
    if activation is None or Kind.VALUE not in kinds or not kinds <= _TARGET_LIKE:
        return
    # Other errors in targets have their own message.
    if target.shape != z.shape or not target.is_floating_point() or not target.isfinite().all():
        return
    within = activation.head.reaches
    if _is_out_of_range(within, target.double()):
        raise ContractError(
            f"loss {contract.name!r} needs targets {describe_interval(within)}, which is all that "
            f"a model ending in {activation.name} can give",
            got=f"values from {target.min().item():g} to {target.max().item():g}",
            fix=_suggest_targets(activation, target),
        )


def _is_out_of_range(within: Interval, target: Tensor) -> bool:
    excess = float((target - target.clamp(within.low, within.high)).abs().mean())
    if math.isfinite(within.high - within.low):
        return excess > _MAX_EXCESS
    deviation = float((target - target.mean()).abs().mean())
    return target.numel() >= _MIN_VALUES and excess > _MAX_DEVIATIONS * deviation


def _suggest_targets(activation: OutputActivation, target: Tensor) -> str:
    within, given = activation.head.reaches, target.double()
    if within == UNIT and given in _SIGNS:
        return "(target + 1) / 2"
    if within == UNIT and given - 1.0 in UNIT:
        return "target - 1"
    if Kind.LOG_PROBABILITY in activation.head.emits and given in UNIT:
        return f"end the model in torch.nn.Softmax(-1) instead of {activation.name}"
    bounded = math.isfinite(within.high - within.low)
    scaling = f", or scale the targets to lie {describe_interval(within)}" if bounded else ""
    return activation.removal + scaling
