"""The index of figures: one line each, in reading order."""

from losslab.core.registry import Registry
from losslab.plots.figures import (
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

# In the report of a comparison; prepared from its findings.
COMPARISON_FIGURES = Registry(
    "figure",
    [
        intervals.SPEC,
        learning_curves.SPEC,
        learning_rates.SPEC,
    ],
)

# In the picture of a penalty path; prepared from its findings.
PATH_FIGURES = Registry(
    "figure",
    [
        regularisation_path.SPEC,
        sparsity.SPEC,
        weight_norms.SPEC,
        coefficient_path.SPEC,
    ],
)

# In the picture of a landscape; prepared from its result.
LANDSCAPE_FIGURES = Registry("figure", [landscape.SPEC, trajectory.SPEC])

FIGURES = Registry(
    "figure",
    [
        *COMPARISON_FIGURES.values(),
        *PATH_FIGURES.values(),
        *LANDSCAPE_FIGURES.values(),
        boundary.SPEC,
        reliability.SPEC,
        confusion.SPEC,
        loss_curve.SPEC,
        activations.SPEC,
        network.SPEC,
        weights.SPEC,
    ],
)
