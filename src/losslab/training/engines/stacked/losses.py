"""The losses of a fleet whose models may each have another objective."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor

from losslab.core.errors import ContractError
from losslab.objectives.objective import Objective
from losslab.training.engines.stacked.plan import Batch


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

    def gradient(self, z: Tensor, target: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """The mean loss of each model's batch and its gradient, by autograd from the loss to ``z``.

        The gradient of an absent row means nothing.

        Shape
            z ``(m, B, K)``, target ``(m, B)`` or ``(m, B, K)`` -> ``(m,)`` and ``(m, B, K)``
        """
        if not any(batch.counts):  # all of them rest
            return z.new_zeros(len(z)), torch.zeros_like(z)
        with torch.enable_grad():
            leaf = z.detach().requires_grad_()
            if self.separable:
                rows = self.objective.rows(leaf, target)
                (gradient,) = torch.autograd.grad(rows, leaf, batch.share)
                return row_sums(rows.detach(), batch) / batch.total, gradient
            losses = self._own(leaf, target, batch)
            (gradient,) = torch.autograd.grad(losses.sum(), leaf)
            return losses.detach(), gradient

    def sums(self, z: Tensor, target: Tensor, batch: Batch) -> Tensor:
        """The sum of each model's weighted losses, ``(m,)`` in float64."""
        if self.separable:
            return row_sums(self.objective.rows(z, target).double(), batch)
        return self._own(z, target, batch).double() * batch.total

    def _own(self, z: Tensor, target: Tensor, batch: Batch) -> Tensor:
        try:
            losses = _own_losses(self.objective, z, target, batch)
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


def row_sums(rows: Tensor, batch: Batch) -> Tensor:
    """The weighted sum of each model's row values, ``(m, B)`` -> ``(m,)``."""
    if batch.absent is not None:
        # A row of weight zero is absent, even where its value is infinite or not a number.
        rows = rows.masked_fill(batch.absent, 0.0)
    return (rows if batch.weight is None else rows * batch.weight).sum(-1)


def _own_losses(objective: Objective, z: Tensor, target: Tensor, batch: Batch) -> Tensor:
    """A user's own loss, which was written for one model's rows: no more axes, and no padding."""
    weights = batch.weight if objective.loss.reduces == "nothing" else None
    losses, first = [], 0
    for count, members in groupby(batch.counts):
        last = first + len(list(members))
        part = (slice(first, last), slice(count))
        if count:
            weight = () if weights is None else (weights[part],)
            losses.append(_over_models(objective, z[part], target[part], *weight))
        else:
            losses.append(z.new_zeros(last - first))
        first = last
    return torch.cat(losses)


def _over_models(objective: Objective, *given: Tensor) -> Tensor:
    try:
        over: Tensor = torch.func.vmap(objective)(*given)
    except RuntimeError:
        # vmap refuses Python branches on values and in-place writes; a loop takes anything.
        over = torch.stack([objective(*own) for own in zip(*given, strict=True)])
    return over
