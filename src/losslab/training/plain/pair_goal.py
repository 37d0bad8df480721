"""Training on pairs: one model gives both vectors, and a label says whether they are alike."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from losslab.core.errors import DataError
from losslab.losses.spec import Loss
from losslab.training.plain.criterion_goal import CriterionGoal, check_values, refuse_weight


@dataclass(frozen=True, kw_only=True)
class PairGoal:
    """A criterion of (vector, other vector, label), such as ``nn.CosineEmbeddingLoss``.

    Outputs for pairs come as ``(B, 2, K)``. Losslab's own module also takes (vector, target
    vector); then ``single`` does the work.
    """

    single: CriterionGoal
    contract: Loss
    fitted: bool = True
    pairs: bool = True

    def fit(self, targets: Tensor) -> "PairGoal":
        """Nothing to fit: labels come as the criterion wants them."""
        return self

    def encode(self, targets: Tensor, dtype: torch.dtype) -> Tensor:
        """Leave labels as they are, but for the width of their numbers."""
        return self.single.encode(targets, dtype)

    def check_origin(self, z: Tensor, target: Tensor) -> None:
        """Nothing to refuse: only the direction of an output counts, wherever it comes from."""

    def losses(self, z: Tensor, target: Tensor, weight: Tensor | None) -> tuple[Tensor, Tensor]:
        """What the criterion returns, and the mean of it over the pairs."""
        if not self._of_pairs(z, target):
            return self.single.losses(z, target, weight)
        refuse_weight(weight)
        first, second = z.unbind(1)
        if not self.single.unchecked:
            self._check(first.detach(), second.detach(), target)
        criterion: Any = self.single.criterion
        values = criterion(first, second, target)
        check_values(values)
        if values.ndim:
            return values.mean(), values.mean()
        summed = getattr(criterion, "reduction", "mean") == "sum"
        return values, values / len(z) if summed else values

    def accuracy(self, z: Tensor, targets: Tensor) -> float | None:
        """The share of pairs on the right side of the cosine at which both labels cost the same.

        1 - c = c - margin at c = (1 + margin) / 2.
        """
        if not self._of_pairs(z, targets):
            return self.single.accuracy(z, targets)
        first, second = z.unbind(1)
        cosine = nn.functional.cosine_similarity(first, second, dim=-1)
        right = (cosine > (1.0 + self._margin) / 2.0) == (targets > 0)
        return float((right & ~cosine.isnan()).double().mean())

    def predict(self, z: Tensor) -> Tensor:
        """The vector itself."""
        return z

    @property
    def _margin(self) -> float:
        criterion: Any = self.single.criterion
        own = criterion.margin if hasattr(criterion, "margin") else self.contract.params["margin"]
        return float(own)

    def _of_pairs(self, z: Tensor, target: Tensor) -> bool:
        if z.ndim > 2 and z.shape[1] == 2 and target.shape != z.shape:
            return True
        if isinstance(self.single.criterion, nn.CosineEmbeddingLoss):
            raise DataError(
                "CosineEmbeddingLoss needs pairs of inputs with one label each, 1 or -1",
                got=f"one output of shape {tuple(z.shape)} and targets {tuple(target.shape)}",
                fix="batches of ((x1, x2), y) or (x1, x2, y), with y of shape (N,); arrays as "
                "train(((X1, X2), y), epochs)",
            )
        return False

    def _check(self, first: Tensor, second: Tensor, label: Tensor) -> None:
        finite = first.isfinite().all(-1) & second.isfinite().all(-1)
        self.contract.check_shapes(first, second, label)
        self.contract.check(first[finite], second[finite], label[finite])
