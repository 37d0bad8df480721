"""By what a run's best epoch, and later its learning rate, is chosen on the validation rows."""

import torch
from torch import Tensor

from losslab.objectives.objective import Objective

# Where a float32 probability rounds to 0 or 1, the log loss would be infinite.
SMALLEST_PROBABILITY = 1e-7


def selection_rows(selection: str, objective: Objective, z: Tensor, target: Tensor) -> Tensor:
    """One value per row whose mean is the score, or its square for RMSE.

    Shape
        z ``(..., K)``, target as the codec encodes it -> ``(...)``
    """
    if selection == "loss":
        return objective.rows(z, target)
    if selection == "rmse":
        return (objective.values(z) - target[..., 0]).square()
    probability = objective.predict_proba(z).clamp(SMALLEST_PROBABILITY, 1.0)
    return -probability.gather(-1, _codes(objective, target).unsqueeze(-1)).squeeze(-1).log()


def finish(selection: str, mean: Tensor, scale: Tensor) -> Tensor:
    """From the rows' mean to the score; ``scale`` takes RMSE to the target's own units."""
    return mean.sqrt() * scale if selection == "rmse" else mean


def _codes(objective: Objective, target: Tensor) -> Tensor:
    """Class codes back from their encoding."""
    if not target.is_floating_point():
        return target
    if objective.codec.per_class:
        return target.argmax(-1)
    return (target[..., 0] > (objective.codec.midpoint or 0.0)).to(torch.int64)
