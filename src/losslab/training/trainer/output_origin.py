"""Where a model's output comes from, and whether its loss can use what the last function gives."""

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
from losslab.objectives.catalog import CODECS, HEADS, Pairing, pairings
from losslab.objectives.fit import find_misfit
from losslab.objectives.objective import Objective
from losslab.objectives.spec import Codec, Head, describe_interval, describe_numbers, format_kinds

# These rearrange numbers and change none.
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
    """The head that a model's output has been through, whether it meant to or not.

    Args:
        head: the head of the catalogue; the identity where the output is a linear layer's own.
        name: what made the output, in words.
        width: how many outputs share a sum of one; None where none do.
    """

    head: Head
    name: str
    width: int | None = None


def find_output_activation(z: Tensor) -> OutputActivation | None:
    """Return what an output has been through last, or None if that can't be told.

    Functions that only rearrange numbers are looked through. Whatever else was done after a head,
    and whatever autograd has not recorded, makes the origin unknown.

    Examples:
        >>> z = torch.zeros(4, 1, requires_grad=True)
        >>> find_output_activation(z.sigmoid().squeeze(1)).name
        'sigmoid'
        >>> find_output_activation(2 * z.sigmoid()) is None
        True
    """
    node: Any = _look_through(z.grad_fn)
    if node is None:
        return None
    if node.name() in _LINEAR:
        return OutputActivation(head=HEADS["identity"], name="a linear layer")
    head = _index_heads_by_node().get(node.name())
    if head is None or (head.name == "exp" and not _is_linear(_get_input(node))):
        # The exponential of a difference of logarithms may well be a probability.
        return None
    return OutputActivation(head=head, name=head.name, width=_get_softmax_width(node))


def _look_through(node: Any) -> Any:
    while node is not None and node.name() in _REARRANGING:
        node = _get_input(node)
    return node


def _get_input(node: Any) -> Any:
    return node.next_functions[0][0] if node.next_functions else None


def _is_linear(node: Any) -> bool:
    node = _look_through(node)
    return node is not None and node.name() in _LINEAR


@cache
def _index_heads_by_node() -> dict[str, Head]:
    """The heads that are one function to autograd, by the name it gives that function."""
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
    """How many outputs a softmax is over; it may have been cut into since."""
    if not hasattr(node, "_saved_dim"):
        return None
    result: Tensor = node._saved_result
    # Counted from the end, autograd keeps the axis as an unsigned number.
    dim = node._saved_dim - 2**64 if node._saved_dim >= 2**63 else node._saved_dim
    return int(result.shape[dim])


# Targets of any range and directions of any length may be met by any function's output.
_OPEN = {Kind.VALUE, Kind.UNIT_VECTOR}


def check_criterion_activation(contract: Loss, z: Tensor, target: Tensor) -> None:
    """Refuse an output that an objective with this loss would not take from its head either.

    Examples:
        >>> from losslab.losses.catalog import LOSSES
        >>> z = torch.zeros(4, 3, requires_grad=True).softmax(-1)
        >>> check_criterion_activation(LOSSES["cross_entropy"], z, torch.tensor([0, 1, 2, 0]))
        Traceback (most recent call last):
        losslab.core.errors.ContractError: loss 'cross_entropy' needs raw scores, but got ...
    """
    origin, loss = find_output_activation(z), contract.for_target(target)
    if origin is None:
        return
    usual = _find_usual_pairing(loss)
    if usual is not None and _OPEN.isdisjoint(loss.prediction.kinds):
        wrong = find_misfit(usual.task, origin.head, loss, _widen(CODECS[usual.codec]), usual.head)
        if wrong is not None and not _is_idempotent(origin, _sample_loss(loss)):
            fix = _suggest_output(origin, usual.head, loss)
            raise ContractError(wrong.needed, got=_describe_output(origin), fix=fix)
    _refuse_one_output(origin)


def check_objective_activation(objective: Objective, z: Tensor) -> None:
    """Refuse an output that spoils the objective's own head, such as that head applied before."""
    origin = find_output_activation(z)
    if origin is None or objective.wrong is not None or origin.head.name == "identity":
        return
    _refuse_one_output(origin)
    head, loss = objective.head, objective.loss
    if head.name == "identity":
        codec = _widen(objective.codec)
        wrong = find_misfit(objective.task, origin.head, loss, codec, head.name)
        if wrong is None or _is_idempotent(origin, _sample_loss(loss)):
            return
        raise ContractError(
            wrong.needed,
            got=_describe_output(origin),
            fix=f"leave out {origin.name} at the end of the model",
        )
    gives_probabilities = {Kind.PROBABILITY, Kind.LOG_PROBABILITY}.intersection(head.emits)
    if not gives_probabilities and head is not origin.head:
        return
    if not _is_idempotent(origin, head.fn):
        raise ContractError(
            f"head {head.name!r} needs the raw output of the model's last layer",
            got=_describe_output(origin),
            fix=f"leave out {origin.name} at the end of the model: "
            f"the objective applies {head.name} itself",
        )


def _find_usual_pairing(loss: Loss) -> Pairing | None:
    """The first listed pairing of a loss whose targets it reads in this form."""
    listed = (pair for task in loss.tasks for pair in pairings(task, loss.name))
    fitting = (pair for pair in listed if loss.target.shares_kind(CODECS[pair.codec].emits))
    return next(fitting, None)


def _widen(codec: Codec) -> Codec:
    """The encoding as one for several outputs: how many there are is checked elsewhere."""
    return replace(codec, per_class=True, n_classes=codec.n_classes or 2)


def _refuse_one_output(origin: OutputActivation) -> None:
    if origin.width == 1:
        constant = 0 if Kind.LOG_PROBABILITY in origin.head.emits else 1
        raise ContractError(
            f"{origin.name} needs at least {origin.head.min_width} outputs",
            got=f"a model whose one output comes from {origin.name}: it is always {constant}",
            fix="end a model of one output in torch.nn.Sigmoid(), or give it one output per class",
        )


def _is_idempotent(origin: OutputActivation, read: Callable[[Tensor], Tensor]) -> bool:
    """Whether ``read`` makes the same of an output with and without what it has been through."""
    if origin.head.name == "identity":
        return False  # nothing was done, and that is what is wrong
    z = torch.linspace(-2.0, 3.0, 12, dtype=torch.float64).reshape(4, 3)
    return torch.allclose(read(z), read(origin.head.fn(z)))


def _sample_loss(loss: Loss) -> Callable[[Tensor], Tensor]:
    generator = torch.Generator().manual_seed(0)
    shape = (4,) if loss.target.integer else (4, 3)
    target = loss.target.sample(*shape, generator=generator)
    return lambda prediction: loss.compute(prediction, target)


def _describe_output(origin: OutputActivation) -> str:
    is_identity = origin.head.name == "identity"
    seen = "scores" if is_identity else describe_numbers(origin.head.emits, origin.head.reaches)
    return f"{seen} from a model whose output comes from {origin.name}"


def _suggest_output(origin: OutputActivation, usual_head: str, loss: Loss) -> str:
    if usual_head == "identity":
        return (
            f"leave out {origin.name} at the end of the model: the last layer's own output serves "
            f"as {format_kinds(loss.prediction.kinds)}"
        )
    instead = "" if origin.head.name == "identity" else f" instead of {origin.name}"
    return f"end the model in {HEADS[usual_head].torch_class}{instead}"


# Measured values miss a bound by their noise. Those meant for another range miss it by much more:
# where a bound is one-sided, by half of their mean deviation if they were standardised.
_MISSED = 0.1
_MISSED_DEVIATIONS, _ENOUGH = 0.25, 8
_MEETS_TARGETS = {Kind.VALUE, Kind.PROBABILITY}
_SIGNS = Interval(-1.0, 1.0)


def check_target_range(contract: Loss, z: Tensor, target: Tensor) -> None:
    """Refuse targets that lie, on average, well outside what a model's output can be.

    Examples:
        >>> import torch
        >>> from losslab.losses.catalog import LOSSES
        >>> z = torch.zeros(2, 1, requires_grad=True).sigmoid()
        >>> check_target_range(LOSSES["mse"], z, torch.tensor([[-1.0], [1.0]]))
        Traceback (most recent call last):
        losslab.core.errors.ContractError: loss 'mse' needs targets between 0 and 1, which is all...
    """
    origin, kinds = find_output_activation(z), set(contract.prediction.kinds)
    # Nobody knows what a loss that reads every kind of number does with its targets.
    if origin is None or Kind.VALUE not in kinds or not kinds <= _MEETS_TARGETS:
        return
    # Other faults of targets have their own message.
    if target.shape != z.shape or not target.is_floating_point() or not target.isfinite().all():
        return
    within = origin.head.reaches
    if not _is_out_of_range(within, target.double()):
        return
    raise ContractError(
        f"loss {contract.name!r} needs targets {describe_interval(within)}, which is all that a "
        f"model ending in {origin.name} can give",
        got=f"values from {target.min().item():g} to {target.max().item():g}",
        fix=_suggest_targets(origin, target),
    )


def _is_out_of_range(within: Interval, target: Tensor) -> bool:
    missed = float((target - target.clamp(within.low, within.high)).abs().mean())
    if math.isfinite(within.high - within.low):
        return missed > _MISSED
    deviation = float((target - target.mean()).abs().mean())
    return target.numel() >= _ENOUGH and missed > _MISSED_DEVIATIONS * deviation


def _suggest_targets(origin: OutputActivation, target: Tensor) -> str:
    within, given = origin.head.reaches, target.double()
    if within == UNIT and given in _SIGNS:
        return "(target + 1) / 2"
    if within == UNIT and given - 1.0 in UNIT:
        return "target - 1"
    if Kind.LOG_PROBABILITY in origin.head.emits and given in UNIT:
        return f"end the model in torch.nn.Softmax(-1) instead of {origin.name}"
    leave_out = f"leave out {origin.name} at the end of the model"
    bounded = math.isfinite(within.high - within.low)
    return (
        f"{leave_out}, or scale the targets to lie {describe_interval(within)}"
        if bounded
        else leave_out
    )
