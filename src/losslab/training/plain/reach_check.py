"""Whether the function at the end of a model can give the values that are its targets."""

import math

from torch import Tensor

from losslab.contracts.domain import Kind
from losslab.contracts.interval import UNIT, Interval
from losslab.core.errors import ContractError
from losslab.losses.spec import Loss
from losslab.objectives.words import extent
from losslab.training.plain.origin import Origin, origin_of

# Measured values miss a bound by their noise. Those meant for another range miss it by much more:
# where a bound is one-sided, by half of their mean deviation if they were standardised.
_MISSED = 0.1
_MISSED_DEVIATIONS, _ENOUGH = 0.25, 8
_MEETS_TARGETS = {Kind.VALUE, Kind.PROBABILITY}
_SIGNS = Interval(-1.0, 1.0)


def check_reach(contract: Loss, z: Tensor, target: Tensor) -> None:
    """Refuse targets that lie, on average, well outside what a model's output can be.

    Example
        >>> import torch
        >>> from losslab.losses.catalog import LOSSES
        >>> z = torch.zeros(2, 1, requires_grad=True).sigmoid()
        >>> check_reach(LOSSES["mse"], z, torch.tensor([[-1.0], [1.0]]))
        Traceback (most recent call last):
        losslab.core.errors.ContractError: loss 'mse' needs targets between 0 and 1, which is all...
    """
    origin, kinds = origin_of(z), set(contract.prediction.kinds)
    # Nobody knows what a loss that reads every kind of number does with its targets.
    if origin is None or Kind.VALUE not in kinds or not kinds <= _MEETS_TARGETS:
        return
    # Other faults of targets have their own message.
    if target.shape != z.shape or not target.is_floating_point() or not target.isfinite().all():
        return
    within = origin.head.reaches
    if not _out_of_reach(within, target.double()):
        return
    raise ContractError(
        f"loss {contract.name!r} needs targets {extent(within)}, which is all that a model ending "
        f"in {origin.name} can give",
        got=f"values from {target.min().item():g} to {target.max().item():g}",
        fix=_fix(origin, target),
    )


def _out_of_reach(within: Interval, target: Tensor) -> bool:
    missed = float((target - target.clamp(within.low, within.high)).abs().mean())
    if math.isfinite(within.high - within.low):
        return missed > _MISSED
    deviation = float((target - target.mean()).abs().mean())
    return target.numel() >= _ENOUGH and missed > _MISSED_DEVIATIONS * deviation


def _fix(origin: Origin, target: Tensor) -> str:
    within, given = origin.head.reaches, target.double()
    if within == UNIT and given in _SIGNS:
        return "(target + 1) / 2"
    if within == UNIT and given - 1.0 in UNIT:
        return "target - 1"
    if Kind.LOG_PROBABILITY in origin.head.emits and given in UNIT:
        return f"end the model in torch.nn.Softmax(-1) instead of {origin.name}"
    leave_out = f"leave out {origin.name} at the end of the model"
    bounded = math.isfinite(within.high - within.low)
    return f"{leave_out}, or scale the targets to lie {extent(within)}" if bounded else leave_out
