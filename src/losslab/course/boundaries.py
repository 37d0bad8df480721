"""The classic exercise: decision boundaries of networks under penalties of rising strength."""

from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from losslab.core.errors import DataError, OptionError
from losslab.core.files import check_writable
from losslab.core.numbers import is_number
from losslab.plots.boundary.rows import prepare_rows
from losslab.plots.boundary.surface import prepare
from losslab.plots.boundary_animation import draw_boundary_image, write_boundary_animation
from losslab.training.engines.fleet import train
from losslab.training.result import Result
from losslab.training.run import Run

if TYPE_CHECKING:
    from PIL.Image import Image

AXES = ("Sepal Length (standardized)", "Petal Length (standardized)")
FILE = "mlp_classification_boundaries.gif"
FRAME_MS = 500
# The batch size of scikit-learn's MLPClassifier, and enough epochs to converge.
BATCH_SIZE, EPOCHS = 200, 1500


def plot_decision_boundary(model: Any, X: ArrayLike, y: ArrayLike, alpha: float) -> "Image":
    """Draw the decision boundary of a fitted model, as an image of 6 x 5 inches.

    Args:
        model: a fitted classifier of scikit-learn, a result of losslab, or a ``torch.nn.Module``.
        X: the rows to draw, ``(N, 2)``: sepal and petal length, standardized.
        y: their labels ``(N,)``, as in training.
        alpha: the strength of the model's penalty, for the title.

    Raises:
        OptionError: if the model is not a fitted classifier, or alpha is not a number.
        DataError: if X does not have two columns, or a label is unknown to the model.

    Examples:
        >>> from sklearn.neural_network import MLPClassifier
        >>> X, y = [[-1.0, -1.0], [-1.0, 0.0], [1.0, 0.0], [1.0, 1.0]], [0, 0, 1, 1]
        >>> model = MLPClassifier((8,), solver="lbfgs", alpha=0.1, random_state=0).fit(X, y)
        >>> plot_decision_boundary(model, X, y, alpha=0.1).size
        (600, 500)
    """
    if not is_number(alpha):
        raise OptionError("needed alpha as a number", got=repr(alpha), fix="alpha=0.01")
    return draw_boundary_image(
        prepare(model, prepare_rows(X, y, axes=AXES), _format_title(alpha)), ticks=False
    )


def create_decision_boundary_gif(
    alpha_values: Iterable[float], X_train: ArrayLike, y_train: ArrayLike, n_neurons: int
) -> str:
    """Train one network per alpha, all as one fleet, and animate their decision boundaries.

    The networks have one hidden layer and are trained like scikit-learn's ``MLPClassifier``, whose
    alpha is divided by the number of rows in a batch. The animation, endless with half a second per
    frame, is written to ``mlp_classification_boundaries.gif`` in the current folder, with a
    description in words beside it.

    Args:
        alpha_values: the strengths of the penalty, two or more, ascending.
        X_train: two standardized features ``(N, 2)``.
        y_train: labels ``(N,)`` of two or more classes.
        n_neurons: the width of the hidden layer.

    Returns:
        The name of the file.

    Raises:
        OptionError: if alphas are negative, infinite, not ascending or fewer than two, or n_neurons
            is not a positive integer.
        DataError: if X_train does not have two columns, or a constant one, or y_train one class.
        WriteError: if the folder cannot be written to.

    Examples:
        >>> import contextlib, tempfile
        >>> X, y = [[-1.0, -1.0], [-1.0, 0.0], [1.0, 0.0], [1.0, 1.0]], [0, 0, 1, 1]
        >>> with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        ...     name = create_decision_boundary_gif([0.0001, 100.0], X, y, n_neurons=8)
        Processing alpha=0.0001 (1/2)
        Processing alpha=100 (2/2)
        GIF saved as 'mlp_classification_boundaries.gif'
    """
    alphas = _check_alphas(alpha_values)
    if not is_number(n_neurons) or n_neurons < 1 or not float(n_neurons).is_integer():
        raise OptionError(
            "needed n_neurons as an integer of at least 1", got=repr(n_neurons), fix="n_neurons=64"
        )
    rows = prepare_rows(X_train, y_train, axes=AXES)
    labels, codes = np.unique(rows.y, return_inverse=True)
    if len(labels) < 2:
        raise DataError(
            "needed rows of two or more classes in y_train",
            got=f"only {labels[0]!s}",
            fix="choose rows of two classes",
        )
    check_writable(FILE)
    coded = prepare_rows(rows.X, codes, axes=AXES, classes=[str(label) for label in labels])
    results = _train_networks(alphas, coded.X, codes, int(n_neurons))
    frames = []
    for number, (alpha, result) in enumerate(zip(alphas, results, strict=True), start=1):
        print(f"Processing alpha={alpha:.4g} ({number}/{len(alphas)})", flush=True)
        frames.append(prepare(result, coded, _format_title(alpha)))
    write_boundary_animation(FILE, frames, ticks=False, frame_ms=FRAME_MS, hold_ms=FRAME_MS)
    print(f"GIF saved as '{FILE}'", flush=True)
    return FILE


def _train_networks(
    alphas: list[float], X: np.ndarray, codes: np.ndarray, n_neurons: int
) -> list[Result]:
    n_classes, batch_size = int(codes.max()) + 1, min(BATCH_SIZE, len(X))
    runs = [
        Run(
            loss="cross_entropy" if n_classes > 2 else "bce_with_logits",
            task="multiclass" if n_classes > 2 else "binary",
            n_classes=n_classes,
            hidden=(n_neurons,),
            penalty="l2",
            alpha=alpha / batch_size,
            batch_size=batch_size,
            epochs=EPOCHS,
        )
        for alpha in alphas
    ]
    results = {result.run.alpha: result for result in train(runs, X, codes)}
    return [results[run.alpha] for run in runs]


def _check_alphas(alpha_values: Iterable[float]) -> list[float]:
    given = list(alpha_values) if isinstance(alpha_values, Iterable) else [alpha_values]
    fix = "alpha_values=numpy.logspace(-4, 2, 24)"
    for alpha in given:
        if not is_number(alpha) or not 0.0 <= alpha < float("inf"):
            raise OptionError("needed alphas as numbers from 0", got=repr(alpha), fix=fix)
    if len(given) < 2:
        raise OptionError("needed two alphas or more", got=f"{len(given)}", fix=fix)
    for before, after in pairwise(given):
        if not before < after:
            raise OptionError(
                "needed alphas in ascending order",
                got=f"{after:g} after {before:g}",
                fix="sorted(set(alpha_values))",
            )
    return [float(alpha) for alpha in given]


def _format_title(alpha: float) -> str:
    return f"MLP Decision Boundary (alpha={alpha:.4g})"
