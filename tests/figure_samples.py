"""Prepared data for every figure: the usual, the smallest, the largest and the awkward."""

from functools import cache

import numpy as np
from sklearn.linear_model import LogisticRegression

from boundary_samples import make_clouds, make_rows
from example_findings import binary, hostile
from losslab.losses.catalog import LOSSES
from losslab.losses.curve import compute_curves
from losslab.plots.catalog import COMPARISON_FIGURES
from losslab.plots.figures import (
    activations,
    boundary,
    coefficient_path,
    confusion,
    landscape,
    loss_curve,
    network,
    regularisation_path,
    reliability,
    sparsity,
    trajectory,
    weight_norms,
    weights,
)
from losslab.report.landscape.landscape import landscape as compute_landscape
from losslab.report.penalty.penalty_path import penalty_path

LONG = "a name that is far too long to be shown, with $\\frac{"
CLASSES = ("setosa", "versicolor", "virginica")
FEATURES = ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")


def draw_probabilities(rows=400, seed=0):
    """Labels, and overconfident probabilities of class 1."""
    rng = np.random.default_rng(seed)
    true = rng.uniform(size=rows)
    return (rng.uniform(size=rows) < true).astype(int), np.clip(1.4 * true - 0.2, 0, 1)


def draw_classes(classes, rows, seed=0):
    """True and predicted classes, most of them right."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, classes, rows)
    other = rng.integers(0, classes, rows)
    return true, np.where(rng.uniform(size=rows) < 0.8, true, other)


def draw_weights(sizes, epochs, seed=0):
    """Weights that spread while small ones become zero."""
    rng = np.random.default_rng(seed)
    first = [rng.normal(0, 0.3, size) for size in sizes]
    return [
        [np.where(abs(layer) < 0.02 * epoch, 0.0, layer * (1 + epoch / 9)) for layer in first]
        for epoch in epochs
    ]


def list_curves(*names):
    return [curve for name in names for curve in compute_curves(LOSSES[name])]


def make_three_classes():
    rng = np.random.default_rng(0)
    table = rng.dirichlet((1, 1, 1), size=90)
    return reliability.prepare(rng.integers(0, 3, 90), table)


def make_boundary(classes):
    return boundary.prepare(
        LogisticRegression().fit(*make_clouds(classes)), make_rows(classes), "", 31
    )


@cache
def compute_path(hidden):
    return penalty_path(
        "iris", kind="l1", alphas=(0.001, 0.1, 10), seeds=2, epochs=3, hidden=hidden
    ).findings


@cache
def compute_descents(function):
    return compute_landscape(function, epochs=20, resolution=31).result


SAMPLES = {
    **{
        name: (
            lambda figure=figure: figure.prepare(binary()),
            lambda figure=figure: figure.prepare(hostile()),
        )
        for name, figure in COMPARISON_FIGURES.items()
    },
    **{
        figure.SPEC.name: (
            lambda figure=figure: figure.prepare(compute_path((4,))),
            lambda figure=figure: figure.prepare(compute_path(())),
        )
        for figure in (regularisation_path, sparsity, weight_norms)
    },
    "coefficient_path": (lambda: coefficient_path.prepare(compute_path(())),),
    **{
        figure.SPEC.name: (
            lambda figure=figure: figure.prepare(compute_descents("rosenbrock")),
            lambda figure=figure: figure.prepare(compute_descents("saddle")),
        )
        for figure in (landscape, trajectory)
    },
    "boundary": (lambda: make_boundary(2), lambda: make_boundary(3)),
    "reliability": (
        lambda: reliability.prepare(*draw_probabilities(), positive="malignant"),
        lambda: reliability.prepare([1], [1.0], positive=LONG),
        make_three_classes,
    ),
    "confusion": (
        lambda: confusion.prepare(*draw_classes(3, 150), classes=CLASSES),
        lambda: confusion.prepare(*draw_classes(2, 200_000), classes=("_no", LONG)),
        lambda: confusion.prepare(*draw_classes(10, 1797)),
        lambda: confusion.prepare(
            *draw_classes(20, 4000), classes=[f"newsgroup number {place}" for place in range(20)]
        ),
        lambda: confusion.prepare([0], [0], classes=CLASSES),
        lambda: confusion.prepare(*draw_classes(30, 90_000)),
    ),
    "loss_curve": (
        lambda: loss_curve.prepare(list_curves("mse", "l1", "huber", "log_cosh")),
        lambda: loss_curve.prepare(list_curves("bce_with_logits", "hinge", "squared_hinge", "bce")),
        lambda: loss_curve.prepare(list_curves("cosine_embedding")),
        lambda: loss_curve.prepare(list_curves(*LOSSES)),
    ),
    "activations": (
        activations.prepare,
        lambda: activations.prepare(["tanh"], []),
        lambda: activations.prepare([], ["softmax", "normalize"]),
    ),
    "network": (
        lambda: network.prepare(
            4, (64, 64), 3, "relu", "softmax", features=FEATURES, outputs=CLASSES
        ),
        lambda: network.prepare(1, (), 1),
        lambda: network.prepare(30, (1024, 128, 64, 32, 16, 8), 1, "leaky_relu", "sigmoid"),
        lambda: network.prepare(8, (9,), 2, features=[LONG] * 8, outputs=[LONG, "_b"]),
    ),
    "weights": (
        lambda: weights.prepare(
            [0, 1, 5, 20], draw_weights([(4, 64), (64, 64), (64, 1)], (0, 1, 5, 9))
        ),
        lambda: weights.prepare([0], [[np.zeros((2, 1))]], names=[LONG]),
        lambda: weights.prepare(range(12), draw_weights([(8, 3)] * 5, range(12))),
    ),
}
