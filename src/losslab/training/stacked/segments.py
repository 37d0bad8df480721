"""The losses of a fleet whose models may each have another objective."""

from collections.abc import Callable, Sequence
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

    def losses(self, z: Tensor, target: Tensor, weight: Tensor, counts: Sequence[int]) -> Tensor:
        """The mean loss of each model's batch.

        Shape
            z ``(M, B, K)``, target ``(M, B)`` or ``(M, B, K)``, weight ``(M, B)`` -> ``(M,)``
        """
        if self.objective.loss.kernel is not None:
            return weighted_mean(self.objective.rows(z, target), weight)
        try:
            return self._own_losses(z, target, weight, counts)
        except Exception as error:  # whatever a user's function raises, it is said whose it is
            raise ContractError(
                f"loss {self.objective.loss.name!r} needs to compute for predictions of shape "
                f"{tuple(z.shape[1:])} and targets of shape {tuple(target.shape[1:])}",
                got=f"{type(error).__name__}: {error}",
                fix="write it for any number of rows and outputs, without state between calls",
            ) from error

    def _own_losses(
        self, z: Tensor, target: Tensor, weight: Tensor, counts: Sequence[int]
    ) -> Tensor:
        if self.objective.loss.reduces == "nothing":
            return weighted_mean(self.objective.rows(z, target), weight)
        return _reduced_by_itself(self.objective, z, target, counts)


def segments(objectives: Sequence[Objective], names: Sequence[str]) -> list[Segment]:
    """Cut a fleet into runs of neighbours with one name, which stands for one objective."""
    cuts = [m for m in range(len(names)) if m == 0 or names[m] != names[m - 1]]
    ends = [*cuts[1:], len(names)]
    return [Segment(objectives[first], first, last) for first, last in zip(cuts, ends, strict=True)]


def _reduced_by_itself(
    objective: Objective, z: Tensor, target: Tensor, counts: Sequence[int]
) -> Tensor:
    """A user's loss that averages over its rows can't be given weights: leave padding out."""
    prediction = objective.head(z)
    losses = [prediction.new_zeros(())] * len(counts)
    for count in sorted(set(counts) - {0}):
        members = [m for m, own in enumerate(counts) if own == count]
        values = _over_models(
            objective.loss.fn, prediction[members, :count], target[members, :count]
        )
        for m, value in zip(members, values, strict=True):
            losses[m] = value
    return torch.stack(losses)


def _over_models(fn: Callable[..., Tensor], prediction: Tensor, target: Tensor) -> Tensor:
    try:
        over: Tensor = torch.func.vmap(fn)(prediction, target)
    except RuntimeError:
        # vmap refuses Python branches on values and in-place writes; a loop takes anything.
        over = torch.stack([fn(p, t) for p, t in zip(prediction, target, strict=True)])
    return over
