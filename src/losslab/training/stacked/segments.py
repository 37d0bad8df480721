"""The losses of a fleet whose models may each have another objective."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from losslab.core.errors import ContractError
from losslab.losses.reduce import weighted_mean
from losslab.objectives.objective import Objective


@dataclass(frozen=True)
class Segment:
    """Neighbouring models ``first`` to ``last`` (not included) of a fleet with one objective."""

    objective: Objective
    first: int
    last: int

    @property
    def separable(self) -> bool:
        """Whether a row's loss depends on nothing but the row; of a user's own, nobody knows."""
        return self.objective.loss.kernel is not None

    def losses(self, z: Tensor, target: Tensor, weight: Tensor, counts: Sequence[int]) -> Tensor:
        """The mean loss of each model's batch.

        Shape
            z ``(M, B, K)``, target ``(M, B)`` or ``(M, B, K)``, weight ``(M, B)`` -> ``(M,)``
        """
        if self.separable:
            return weighted_mean(self.objective.rows(z, target), weight)
        try:
            losses = _own_losses(self.objective, z, target, counts)
        except Exception as error:  # whatever a user's function raises, it is said whose it is
            raise ContractError(
                f"loss {self.objective.loss.name!r} needs to compute for predictions of shape "
                f"{tuple(z.shape[1:])} and targets of shape {tuple(target.shape[1:])}",
                got=f"{type(error).__name__}: {error}",
                fix="write it for any number of rows and outputs, without state between calls",
            ) from error
        if z.requires_grad and not losses.requires_grad:
            raise ContractError(
                f"loss {self.objective.loss.name!r} needs a value that depends on the prediction",
                got="one without a gradient",
                fix="compute it with torch, without detach(), .item(), numpy or argmax",
            )
        return losses


def segments(objectives: Sequence[Objective], names: Sequence[str]) -> list[Segment]:
    """Cut a fleet into runs of neighbours with one name, which stands for one objective."""
    cuts = [m for m in range(len(names)) if m == 0 or names[m] != names[m - 1]]
    ends = [*cuts[1:], len(names)]
    return [Segment(objectives[first], first, last) for first, last in zip(cuts, ends, strict=True)]


def _own_losses(objective: Objective, z: Tensor, target: Tensor, counts: Sequence[int]) -> Tensor:
    """A user's own loss, which was written for one model's rows: no more axes, and no padding."""
    losses = [z.new_zeros(())] * len(counts)
    for count in sorted(set(counts) - {0}):
        members = [m for m, own in enumerate(counts) if own == count]
        values = _over_models(objective, z[members, :count], target[members, :count])
        for m, value in zip(members, values, strict=True):
            losses[m] = value
    return torch.stack(losses)


def _over_models(objective: Objective, z: Tensor, target: Tensor) -> Tensor:
    try:
        over: Tensor = torch.func.vmap(objective)(z, target)
    except RuntimeError:
        # vmap refuses Python branches on values and in-place writes; a loop takes anything.
        over = torch.stack([objective(own, its) for own, its in zip(z, target, strict=True)])
    return over
