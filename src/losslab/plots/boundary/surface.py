"""A model's answers on a grid, and where the class that wins changes."""

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
    Predictions,
    predict_with_estimator,
)
from losslab.plots.boundary.rows import Rows

RESOLUTION = 200


@dataclass(frozen=True, kw_only=True, eq=False)
class Boundary:
    """A model's answers on a grid, with the rows over it.

    Args:
        kind: what ``values`` are: ``probability``, ``score`` or ``class`` (1 for the winner).
        values: ``(R, R, K)`` from the lowest value of the second feature upwards.
        lines: where the winner changes, each ``(points, 2)``.
        view: the first feature's smallest and largest value on the grid, and the second's.
        points: all rows ``(N, 2)``.
        codes: their classes ``(N,)``, as places in ``classes``.
        right: which of them the model puts into their class ``(N,)``.
        is_test: which of them it was not trained on ``(N,)``.
        sure: the lead of scores that counts as sure; the largest of this grid by default.
    """

    kind: PredictionKind
    values: Array
    lines: tuple[Array, ...]
    view: tuple[float, float, float, float]
    points: Array
    codes: NDArray[np.int64]
    right: NDArray[np.bool_]
    is_test: NDArray[np.bool_]
    axes: tuple[str, str]
    classes: tuple[str, ...]
    title: str = ""
    sure: float | None = None

    @property
    def winner(self) -> NDArray[np.int64]:
        """The class that wins at each point of the grid, ``(R, R)``."""
        codes: NDArray[np.int64] = self.values.argmax(axis=-1)
        return codes

    @property
    def certainty(self) -> Array:
        """How sure the winner is at each point, ``(R, R)``: 0 at a draw and 1 at the most."""
        K = self.values.shape[-1]
        if self.kind == "probability":
            top: Array = self.values.max(axis=-1)
            certain: Array = np.clip((top - 1 / K) / (1 - 1 / K), 0, 1)
            return certain
        most = float(self.lead.max()) if self.sure is None else self.sure
        return np.clip(self.lead / max(most, sys.float_info.min), 0, 1)

    @property
    def lead(self) -> Array:
        """How far the winner is ahead of the next class at each point, ``(R, R)``."""
        best = np.partition(self.values, self.values.shape[-1] - 2, axis=-1)
        ahead: Array = best[..., -1] - best[..., -2]
        return ahead


def prepare(model: Any, rows: Rows, title: str = "", resolution: int = RESOLUTION) -> Boundary:
    """Ask a model about every point of a grid over ``rows``.

    Args:
        model: a fitted classifier with ``predict_proba``, ``decision_function`` or ``predict``, a
            result of losslab, or a ``torch.nn.Module`` of two inputs.
        rows: what ``prepare_rows`` made of training and test rows.
        title: stands above the picture.
        resolution: how many points the grid has along each feature.

    Raises:
        OptionError: if the model is not fitted, or is no classifier.
        DataError: if it has another number of features, or does not know a label.

    Example
        >>> from sklearn.linear_model import LogisticRegression
        >>> from losslab.plots.boundary.rows import prepare_rows
        >>> X, y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], ["no", "no", "yes", "yes"]
        >>> data = prepare(LogisticRegression().fit(X, y), prepare_rows(X, y), resolution=3)
        >>> data.winner.tolist()
        [[0, 0, 1], [0, 0, 1], [0, 0, 1]]
    """
    if not is_number(resolution) or not 2 <= resolution <= 2000 or resolution != int(resolution):
        raise OptionError(
            "needed resolution as a whole number from 2 to 2000",
            got=repr(resolution),
            fix=f"resolution={RESOLUTION}",
        )
    x0, x1, y0, y1 = rows.view
    across, up = np.linspace(x0, x1, int(resolution)), np.linspace(y0, y1, int(resolution))
    grid = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    answer = _answer(model, np.concatenate([grid, rows.X]), rows.y)
    codes = _codes(rows.y, answer.labels)
    values = answer.values[: len(grid)].reshape(len(up), len(across), -1)
    return Boundary(
        kind=answer.kind,
        values=values,
        lines=_lines(across, up, values),
        view=rows.view,
        points=rows.X,
        codes=codes,
        right=answer.values[len(grid) :].argmax(axis=1) == codes,
        is_test=rows.is_test,
        axes=rows.axes,
        classes=_names(rows.classes, answer.labels),
        title=title,
    )


def _answer(model: Any, X: Array, known: NDArray[Any]) -> Predictions:
    if "torch" in sys.modules:  # whoever has a network has loaded it; others need not
        from losslab.plots.boundary.predictions import is_network, predict_with_network

        if is_network(model):
            return predict_with_network(model, X)
    return predict_with_estimator(model, X, known)


def _codes(labels: NDArray[Any], known: tuple[Any, ...]) -> NDArray[np.int64]:
    same = labels[:, None] == np.asarray(known)[None, :]
    if not same.any(axis=1).all():
        raise DataError(
            f"needed labels that the model knows: {', '.join(map(str, known))}",
            got=str(labels[~same.any(axis=1)][0]),
            fix="pass the labels that it was fitted with",
        )
    codes: NDArray[np.int64] = np.argmax(same, axis=1)
    return codes


def _names(given: tuple[str, ...], known: tuple[Any, ...]) -> tuple[str, ...]:
    if given and len(given) != len(known):
        raise OptionError(
            f"needed {len(known)} names of classes, in the order {', '.join(map(str, known))}",
            got=f"{len(given)}: {', '.join(map(str, given))}",
            fix="name each class once, or leave classes out",
        )
    return tuple(map(str, given or known))


def _lines(across: Array, up: Array, values: Array) -> tuple[Array, ...]:
    """Follow where each class but the first draws level with the best of the others."""
    from contourpy import contour_generator

    found: list[Array] = []
    # Any boundary has a class on one side of it that is not the first.
    for code in range(1, values.shape[-1]):
        others = np.delete(values, code, axis=-1).max(axis=-1)
        drawn: Any = contour_generator(across, up, values[..., code] - others).lines(0.0)
        found += drawn
    return tuple(found)
