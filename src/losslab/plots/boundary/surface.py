"""A model's predictions on a grid, and where the predicted class changes."""

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losslab.core.errors import DataError, OptionError
from losslab.core.numbers import is_number
from losslab.plots.boundary.predictions import (
    Array,
    PredictionKind,
    encode_labels,
    is_network,
    predict_with_estimator,
    predict_with_network,
)
from losslab.plots.boundary.rows import Rows

RESOLUTION = 200


@dataclass(frozen=True, kw_only=True, eq=False)
class Boundary:
    """A model's predictions on a grid, with the rows over it.

    Attributes:
        kind: what ``values`` are: ``probability``, ``score`` or ``class`` (1 for the winner).
        values: ``(R, R, K)``, from the lowest value of the second feature upwards.
        lines: where the predicted class changes, each ``(points, 2)``.
        view: the first feature's smallest and largest value on the grid, and the second's.
        points: all rows ``(N, 2)``.
        codes: their classes ``(N,)``, as places in ``classes``.
        correct: which of them the model predicts correctly ``(N,)``.
        is_test: which of them it was not trained on ``(N,)``.
        axes: names of the features.
        classes: names of the classes.
        title: written above.
        max_margin: the margin of scores that counts as certain; this grid's largest by default.
    """

    kind: PredictionKind
    values: Array
    lines: tuple[Array, ...]
    view: tuple[float, float, float, float]
    points: Array
    codes: NDArray[np.int64]
    correct: NDArray[np.bool_]
    is_test: NDArray[np.bool_]
    axes: tuple[str, str]
    classes: tuple[str, ...]
    title: str = ""
    max_margin: float | None = None

    @property
    def winner(self) -> NDArray[np.int64]:
        """The predicted class at each point of the grid, ``(R, R)``."""
        codes: NDArray[np.int64] = self.values.argmax(axis=-1)
        return codes

    @property
    def certainty(self) -> Array:
        """How certain the prediction is at each point, ``(R, R)``: from 0, a tie, to 1."""
        K = self.values.shape[-1]
        if self.kind == "probability":
            certainty: Array = np.clip((self.values.max(axis=-1) - 1 / K) / (1 - 1 / K), 0, 1)
            return certainty
        most = float(self.margin.max()) if self.max_margin is None else self.max_margin
        return np.clip(self.margin / max(most, sys.float_info.min), 0, 1)

    @property
    def margin(self) -> Array:
        """How far the winner is ahead of the next class at each point, ``(R, R)``."""
        best = np.partition(self.values, self.values.shape[-1] - 2, axis=-1)
        margin: Array = best[..., -1] - best[..., -2]
        return margin


def prepare(model: Any, rows: Rows, title: str = "", resolution: int = RESOLUTION) -> Boundary:
    """Predict every point of a grid over ``rows``.

    Args:
        model: a fitted classifier with ``predict_proba``, ``decision_function`` or ``predict``, a
            result of losslab, or a ``torch.nn.Module`` of two inputs.
        rows: training and test rows, from ``prepare_rows``.
        title: written above the figure.
        resolution: the number of grid points along each feature.

    Raises:
        OptionError: if the model is not fitted, or is no classifier.
        DataError: if it has another number of features, or does not know a label.

    Examples:
        >>> from sklearn.linear_model import LogisticRegression
        >>> from losslab.plots.boundary.rows import prepare_rows
        >>> X, y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], ["no", "no", "yes", "yes"]
        >>> model = LogisticRegression().fit(X, y)
        >>> prepare(model, prepare_rows(X, y), resolution=3).winner.tolist()
        [[0, 0, 1], [0, 0, 1], [0, 0, 1]]
    """
    if not is_number(resolution) or not 2 <= resolution <= 2000 or resolution != int(resolution):
        raise OptionError(
            "needed resolution as an integer from 2 to 2000",
            got=repr(resolution),
            fix=f"resolution={RESOLUTION}",
        )
    x0, x1, y0, y1 = rows.view
    across, up = np.linspace(x0, x1, int(resolution)), np.linspace(y0, y1, int(resolution))
    grid = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    points = np.concatenate([grid, rows.X])
    predictions = (
        predict_with_network(model, points)
        if is_network(model)
        else predict_with_estimator(model, points, rows.y)
    )
    codes = _encode_rows(rows.y, predictions.labels)
    values = predictions.values[: len(grid)].reshape(len(up), len(across), -1)
    return Boundary(
        kind=predictions.kind,
        values=values,
        lines=_trace_boundaries(across, up, values),
        view=rows.view,
        points=rows.X,
        codes=codes,
        correct=predictions.values[len(grid) :].argmax(axis=1) == codes,
        is_test=rows.is_test,
        axes=rows.axes,
        classes=_name_classes(rows.classes, predictions.labels),
        title=title,
    )


def _encode_rows(y: NDArray[Any], labels: tuple[Any, ...]) -> NDArray[np.int64]:
    codes = encode_labels(y, labels)
    if (codes < 0).any():
        raise DataError(
            f"needed labels that the model knows: {', '.join(map(str, labels))}",
            got=str(y[codes < 0][0]),
            fix="pass the labels that it was fitted with",
        )
    return codes


def _name_classes(names: tuple[str, ...], labels: tuple[Any, ...]) -> tuple[str, ...]:
    if names and len(names) != len(labels):
        raise OptionError(
            f"needed {len(labels)} names of classes, in the order {', '.join(map(str, labels))}",
            got=f"{len(names)}: {', '.join(map(str, names))}",
            fix="name each class once, or leave classes out",
        )
    return tuple(map(str, names or labels))


def _trace_boundaries(across: Array, up: Array, values: Array) -> tuple[Array, ...]:
    """Trace where each class but the first is level with the best of the others."""
    from contourpy import contour_generator

    lines: list[Any] = []
    # Any boundary has a class on one side of it that is not the first.
    for code in range(1, values.shape[-1]):
        others = np.delete(values, code, axis=-1).max(axis=-1)
        lines += contour_generator(across, up, values[..., code] - others).lines(0.0)
    return tuple(lines)
