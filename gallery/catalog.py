"""One example for each figure, in the order of the figures: one line each."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from gallery.examples import (
    activations,
    boundary,
    coefficient_path,
    confusion,
    intervals,
    landscape,
    learning_curves,
    learning_rates,
    loss_curve,
    network,
    regularisation_path,
    reliability,
    sparsity,
    trajectory,
    weight_norms,
    weights,
)

EXAMPLES: Mapping[str, Callable[[], Any]] = MappingProxyType(
    {
        "intervals": intervals.example,
        "learning_curves": learning_curves.example,
        "learning_rates": learning_rates.example,
        "regularisation_path": regularisation_path.example,
        "sparsity": sparsity.example,
        "weight_norms": weight_norms.example,
        "coefficient_path": coefficient_path.example,
        "landscape": landscape.example,
        "trajectory": trajectory.example,
        "boundary": boundary.example,
        "reliability": reliability.example,
        "confusion": confusion.example,
        "loss_curve": loss_curve.example,
        "activations": activations.example,
        "network": network.example,
        "weights": weights.example,
    }
)
