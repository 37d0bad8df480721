"""Losses and their gradients for a fleet whose models may have different objectives."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor

from losslab.core.errors import ContractError
from losslab.objectives.objective import Objective
from losslab.training.engines.stacked.batches import Batch


@dataclass(frozen=True)
class Segment:
    """Neighboring models of a fleet with one objective."""

    objective: Objective
    models: slice

    @property
    def separable(self) -> bool:
        """Whether a row's loss depends on the row alone; unknown for a user's own loss."""
        return self.objective.loss.kernel is not None

    def compute_gradient(self, z: Tensor, target: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Compute the mean loss of each model's batch and its gradient in ``z``, by autograd.

        The gradient of an absent row is arbitrary.

        Shape:
            z ``(m, B, K)``, target ``(m, B)`` or ``(m, B, K)`` -> ``(m,)`` and ``(m, B, K)``
        """
        if not any(batch.counts):
            return z.new_zeros(len(z)), torch.zeros_like(z)
        with torch.enable_grad():
            leaf = z.detach().requires_grad_()
            if self.separable:
                rows = self.objective.compute_rows(leaf, target)
                (gradient,) = torch.autograd.grad(rows, leaf, batch.share)
                return sum_rows(rows.detach(), batch) / batch.total, gradient
            losses = self._compute_own_losses(leaf, target, batch)
            (gradient,) = torch.autograd.grad(losses.sum(), leaf)
            return losses.detach(), gradient

    def sum_losses(self, z: Tensor, target: Tensor, batch: Batch) -> Tensor:
        """Sum each model's weighted losses, ``(m,)`` in float64."""
        if self.separable:
            return sum_rows(self.objective.compute_rows(z, target).double(), batch)
        return self._compute_own_losses(z, target, batch).double() * batch.total

    def _compute_own_losses(self, z: Tensor, target: Tensor, batch: Batch) -> Tensor:
        try:
            losses = _evaluate_by_count(self.objective, z, target, batch)
        except Exception as error:  # a user's function may raise anything
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


def find_segments(objectives: Sequence[Objective], keys: Sequence[str]) -> list[Segment]:
    """Find the longest sequences of models with equal keys, which have one objective."""
    starts = [m for m in range(len(keys)) if m == 0 or keys[m] != keys[m - 1]]
    ends = [*starts[1:], len(keys)]
    return [
        Segment(objectives[start], slice(start, end))
        for start, end in zip(starts, ends, strict=True)
    ]


def sum_rows(rows: Tensor, batch: Batch) -> Tensor:
    """Sum each model's row values by their weights, ``(m, B)`` -> ``(m,)``."""
    if batch.absent is not None:
        # A row of weight zero is absent, even where its value is infinite or NaN.
        rows = rows.masked_fill(batch.absent, 0.0)
    return (rows if batch.weight is None else rows * batch.weight).sum(-1)


def _evaluate_by_count(objective: Objective, z: Tensor, target: Tensor, batch: Batch) -> Tensor:
    """Evaluate a user's own loss, which expects one model's rows, without model axis or padding."""
    weights = batch.weight if objective.loss.reduces == "nothing" else None
    losses, first = [], 0
    for count, members in groupby(batch.counts):
        last = first + len(list(members))
        part = (slice(first, last), slice(count))
        if count:
            weight = () if weights is None else (weights[part],)
            losses.append(_map_over_models(objective, z[part], target[part], *weight))
        else:
            losses.append(z.new_zeros(last - first))
        first = last
    return torch.cat(losses)


def _map_over_models(objective: Objective, *arguments: Tensor) -> Tensor:
    try:
        losses: Tensor = torch.func.vmap(objective)(*arguments)
    except RuntimeError:
        # vmap refuses Python branches on values and in-place writes; a loop accepts anything.
        losses = torch.stack([objective(*model) for model in zip(*arguments, strict=True)])
    return losses
