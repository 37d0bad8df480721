"""The rows that a boundary is drawn with, checked once for any number of models."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from losslab.core.errors import DataError

Array = NDArray[np.float64]
MARGIN = 0.08  # of the range of the rows, on each side


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """Rows of two features with their labels.

    Attributes:
        X: ``(N, 2)``.
        y: labels ``(N,)``, as the model knows them.
        is_test: which rows are test rows ``(N,)``; the others are training rows.
        axes: names of the features, with their units.
        classes: names of the classes, in the model's order; empty for their own labels.
    """

    X: Array
    y: NDArray[Any]
    is_test: NDArray[np.bool_]
    axes: tuple[str, str]
    classes: tuple[str, ...]

    @property
    def view(self) -> tuple[float, float, float, float]:
        """The smallest and largest value of each feature, with a margin around them."""
        low, high = self.X.min(axis=0), self.X.max(axis=0)
        margin = MARGIN * (high - low)
        (x0, y0), (x1, y1) = low - margin, high + margin
        return float(x0), float(x1), float(y0), float(y1)


def prepare_rows(
    X: ArrayLike,
    y: ArrayLike,
    test: tuple[ArrayLike, ArrayLike] | None = None,
    axes: Sequence[str] | None = None,
    classes: Sequence[str] = (),
) -> Rows:
    """Check rows and combine training and test rows.

    Args:
        X: the training rows ``(N, 2)``.
        y: their labels ``(N,)``.
        test: rows and labels that the model was not trained on.
        axes: names of the features; by default those of X's columns.
        classes: names of the classes, in the model's order.

    Raises:
        DataError: if there are no rows, not two columns, a constant feature, a value that is not
            finite, or not one label per row.

    Examples:
        >>> prepare_rows([[0.0, 1.0], [1.0, 3.0]], ["a", "b"]).view
        (-0.08, 1.08, 0.84, 3.16)
    """
    parts = [_check_part(X, y, "X"), *([_check_part(*test, "the test rows")] if test else [])]
    features = np.concatenate([part[0] for part in parts])
    for column, values in enumerate(features.T):
        low, high = values.min(), values.max()
        # Also if the range is lost in rounding, so that no grid could be laid over it.
        if not high - low > 1e-9 * max(abs(low), abs(high)):
            raise DataError(
                "needed two features that vary",
                got=f"{low:g} in every row of column {column}",
                fix="choose another feature",
            )
    names = tuple(map(str, getattr(X, "columns", ("feature 1", "feature 2"))))
    chosen = names if axes is None else tuple(axes)
    if len(chosen) != 2:
        raise DataError(
            "needed two names for axes", got=str(len(chosen)), fix="axes=('length', 'width')"
        )
    return Rows(
        X=features,
        y=np.concatenate([part[1] for part in parts]),
        is_test=np.repeat([False, True][: len(parts)], [len(part[0]) for part in parts]),
        axes=(chosen[0], chosen[1]),
        classes=tuple(classes),
    )


def _check_part(X: ArrayLike, y: ArrayLike, name: str) -> tuple[Array, NDArray[Any]]:
    try:
        features = np.asarray(X, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"needed numbers in {name}", got=str(error), fix="choose two features that are numbers"
        ) from error
    labels = np.asarray(y)
    if features.ndim != 2 or features.shape[1] != 2:
        raise DataError(
            f"needed {name} of two columns: (N, 2)",
            got=f"shape {features.shape}",
            fix="choose two features: X[:, [0, 2]]",
        )
    if not len(features):
        raise DataError(f"needed rows in {name}", got="none", fix="pass the rows to draw")
    if not np.isfinite(features).all():
        raise DataError(
            f"needed finite numbers in {name}",
            got=f"NaN or infinity in {(~np.isfinite(features).all(axis=1)).sum()} rows",
            fix="remove those rows, or impute the values",
        )
    if labels.shape != (len(features),):
        raise DataError(
            f"needed one label per row of {name}: shape ({len(features)},)",
            got=f"shape {labels.shape}",
            fix="pass as many labels as rows, in one dimension: y.ravel()",
        )
    return features, labels
