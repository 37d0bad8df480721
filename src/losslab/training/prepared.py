"""The rows one split trains on, validates on and tests on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from losslab.core.errors import DataError

Rows = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Prepared:
    """One split of a table, its features ready for a network.

    Args:
        X: all rows' features ``(N, F)``, prepared from the training rows only.
        y: all rows' labels ``(N,)``: class codes, or values.
        train, validation, test: row numbers; the last two may be empty.
    """

    X: NDArray[np.floating]
    y: NDArray[np.int64 | np.float64]
    train: Rows
    validation: Rows
    test: Rows

    @property
    def n_features(self) -> int:
        """The number of features ``F``."""
        return int(self.X.shape[1])


def prepare_arrays(
    X: ArrayLike, y: ArrayLike, splits: Sequence[object] | None = None
) -> list[Prepared]:
    """Check arrays and pair them with splits; without splits, every row is a training row.

    Args:
        X: features ``(N, F)``.
        y: labels ``(N,)``.
        splits: objects with the row numbers ``train``, ``validation`` and ``test``.
    """
    features, labels = np.asarray(X), np.asarray(y)
    if features.ndim != 2 or labels.shape != features.shape[:1]:
        raise DataError(
            "needed X of shape (N, F) and y of shape (N,)",
            got=f"X {features.shape} and y {labels.shape}",
            fix="y.ravel() for a target of one column; X.reshape(-1, 1) for a single feature",
        )
    if not np.isfinite(features).all() or not np.isfinite(labels).all():
        raise DataError(
            "needed finite numbers in X and y",
            got="missing or infinite values",
            fix="drop or impute the rows that have them",
        )
    everything, nothing = np.arange(len(labels)), np.arange(0)
    if splits is None:
        return [Prepared(X=features, y=labels, train=everything, validation=nothing, test=nothing)]
    return [
        Prepared(
            X=features,
            y=labels,
            train=np.asarray(getattr(split, "train", nothing)),
            validation=np.asarray(getattr(split, "validation", nothing)),
            test=np.asarray(getattr(split, "test", nothing)),
        )
        for split in splits
    ]
