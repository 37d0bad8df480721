"""What a model is trained for: an objective, or pairs; the trainer's view of it."""

from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor

from losslab.core.errors import ContractError, DataError
from losslab.losses.spec import Loss
from losslab.objectives.objective import Objective
from losslab.training.trainer.output_origin import check_objective_activation


class LossAdapter(Protocol):
    """Reads targets, gives the loss to step on, and knows what is right.

    ``fitted`` says whether the target encoding is ready; ``fit`` makes it so from all targets.
    ``pairs`` says whether inputs may be pairs, whose two outputs lie along the second axis of z.
    """

    @property
    def fitted(self) -> bool: ...

    @property
    def pairs(self) -> bool: ...

    def fit(self, targets: Tensor) -> "LossAdapter": ...

    def encode(self, targets: Tensor, dtype: torch.dtype) -> Tensor:
        """Turn targets as the data has them into targets as the loss reads them."""

    def check_origin(self, z: Tensor, target: Tensor) -> None:
        """Refuse an output whose last function does not fit, before any step is made."""

    def losses(self, z: Tensor, target: Tensor, weight: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return what a step goes down, and the mean loss to report."""

    def compute_accuracy(self, z: Tensor, targets: Tensor) -> float | None:
        """The share of rows that are right, from targets as the data has them."""

    def predict(self, z: Tensor) -> Tensor:
        """Class codes or values, from the model's output."""


def check_finite_rows(contract: Loss, prediction: Tensor, target: Tensor) -> None:
    """Check the contract of a loss where predictions are finite.

    A model that has diverged breaks no contract: its loss will show it.
    """
    prediction = prediction.detach()
    contract.check_shapes(prediction, target)
    finite = prediction.isfinite()
    if contract.prediction.over_outputs:
        finite = finite.all(-1)
    if not finite.all():
        prediction, target = prediction[finite], target[finite]
    contract.check(prediction, target)


@dataclass(frozen=True, kw_only=True)
class ObjectiveAdapter:
    """An objective, with its target encoding fitted or still to be fitted."""

    objective: Objective
    fitted: bool
    unchecked: bool
    pairs: bool = False

    def fit(self, targets: Tensor) -> "ObjectiveAdapter":
        """Fit the target encoding to all labels."""
        self._check_labels(targets)
        labels = targets.double().cpu().numpy()
        return replace(self, objective=self.objective.fit(labels), fitted=True)

    def encode(self, targets: Tensor, dtype: torch.dtype) -> Tensor:
        """Turn labels ``(N,)`` into the loss's targets."""
        self._check_labels(targets)
        return self.objective.codec.encode(targets.cpu(), dtype)

    def check_origin(self, z: Tensor, target: Tensor) -> None:
        """Refuse an output that spoils the objective's head."""
        if not self.unchecked:
            check_objective_activation(self.objective, z)

    def losses(self, z: Tensor, target: Tensor, weight: Tensor | None) -> tuple[Tensor, Tensor]:
        """The mean loss, twice: it is what a step goes down too."""
        if not self.unchecked:
            self._check_width(z)
            if self.objective.wrong is None:
                prediction = self.objective.head(z.detach())
                check_finite_rows(self.objective.loss.for_target(target), prediction, target)
        mean = self.objective(z, target, weight)
        return mean, mean

    def compute_accuracy(self, z: Tensor, targets: Tensor) -> float | None:
        """The share of rows whose class is right; None for values."""
        if self.objective.codec.reads == "values":
            return None
        right = (self.objective.predict(z) == targets) & ~z.isnan().any(-1)
        return float(right.double().mean())

    def predict(self, z: Tensor) -> Tensor:
        """Class codes, or values in the target's own units."""
        return self.objective.predict(z)

    def _check_labels(self, labels: Tensor) -> None:
        if self.unchecked:
            return
        if labels.ndim != 1:
            raise DataError(
                f"an objective needs one label per row, of shape ({len(labels)},)",
                got=f"labels of shape {tuple(labels.shape)}",
                fix="y.ravel() for one column, y.argmax(-1) for one-hot rows",
            )
        n_classes = self.objective.codec.n_classes
        if self.objective.codec.reads == "values" or n_classes is None:
            return
        codes = labels.double()
        if bool(((codes >= 0) & (codes < n_classes) & (codes == codes.round())).all()):
            return
        raise DataError(
            f"task {self.objective.task!r} needs class codes from 0 to {n_classes - 1} as labels",
            got=f"values from {codes.min().item():g} to {codes.max().item():g}",
            fix="number the classes from 0: y = numpy.unique(y, return_inverse=True)[1]",
        )

    def _check_width(self, z: Tensor) -> None:
        width = self.objective.width
        if z.ndim == 2 and z.shape[1] == width:
            return
        flat = z.ndim == 1 and width == 1
        raise ContractError(
            f"objective {self.objective.label!r} needs a model output of shape (N, {width})",
            got=f"shape {tuple(z.shape)}",
            fix="leave out the squeeze at the end of the model"
            if flat
            else f"give the last layer {width} outputs: MLP(..., n_outputs=objective.width)",
        )


def adapt_objective(objective: Objective, unchecked: bool) -> ObjectiveAdapter:
    """Take an objective as it is; marked wrong, it computes what plain PyTorch would."""
    codec = objective.codec
    if unchecked and objective.wrong is None:
        objective = replace(objective, wrong="unchecked")
    fitted = codec.fitted or not codec.fits_scale
    return ObjectiveAdapter(objective=objective, fitted=fitted, unchecked=unchecked)
