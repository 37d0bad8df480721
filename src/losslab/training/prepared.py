"""The rows one split trains on, validates on and tests on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from losslab.core.errors import DataError
from losslab.objectives.objective import Objective

Rows = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Prepared:
    """One split of a table, its features ready for a network.

    Args:
        X: all rows' features ``(N, F)``, prepared from the training rows only.
        y: all rows' labels ``(N,)``: class codes, or values.
        train, validation, test: row numbers; the last two may be empty.
        weight: how much each row counts ``(N,)`` in training and validation; None: all alike.
    """

    X: NDArray[np.floating]
    y: NDArray[np.int64 | np.float64]
    train: Rows
    validation: Rows
    test: Rows
    weight: NDArray[np.float64] | None = None

    @property
    def n_features(self) -> int:
        """The number of features ``F``."""
        return int(self.X.shape[1])

    @property
    def train_weight(self) -> NDArray[np.float64]:
        """How much each training row counts, ``(len(train),)``."""
        return self._weight(self.train)

    @property
    def validation_weight(self) -> NDArray[np.float64]:
        """How much each validation row counts, ``(len(validation),)``."""
        return self._weight(self.validation)

    def _weight(self, rows: Rows) -> NDArray[np.float64]:
        return np.ones(len(rows)) if self.weight is None else self.weight[rows]

    def fitted(self, objective: Objective) -> Objective:
        """An objective whose target encoding is fitted to the training rows and their weights."""
        weight = None if self.weight is None else self.weight[self.train]
        return objective.fit(self.y[self.train], weight)

    @property
    def present(self) -> Rows:
        """The training rows, those of weight 0 replaced by the first that counts.

        They take part in nothing, so they must not carry infinite numbers into a sum either.
        """
        counts = self.train_weight > 0
        if counts.all() or not counts.any():
            return self.train
        return np.where(counts, self.train, self.train[counts][0])


def prepare_arrays(
    X: ArrayLike,
    y: ArrayLike,
    splits: Sequence[object] | None = None,
    sample_weight: ArrayLike | None = None,
) -> list[Prepared]:
    """Check arrays and pair them with splits; without splits, every row is a training row.

    Args:
        X: features ``(N, F)``.
        y: labels ``(N,)``.
        splits: objects with the row numbers ``train``, ``validation`` and ``test``.
        sample_weight: how much each row counts ``(N,)``, from 0 on.
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
    weight = None if sample_weight is None else _checked_weight(sample_weight, len(labels))
    everything, nothing = np.arange(len(labels)), np.arange(0)
    if splits is None:
        return [
            Prepared(
                X=features,
                y=labels,
                train=everything,
                validation=nothing,
                test=nothing,
                weight=weight,
            )
        ]
    return [
        Prepared(
            X=features,
            y=labels,
            train=np.asarray(getattr(split, "train", nothing)),
            validation=np.asarray(getattr(split, "validation", nothing)),
            test=np.asarray(getattr(split, "test", nothing)),
            weight=weight,
        )
        for split in splits
    ]


def _checked_weight(given: ArrayLike, n_rows: int) -> NDArray[np.float64]:
    weight = np.asarray(given)
    if weight.shape != (n_rows,) or weight.dtype.kind not in "iuf":
        raise DataError(
            "needed sample_weight as one number a row",
            got=f"shape {weight.shape}, dtype {weight.dtype}, for {n_rows} rows",
            fix="np.ones(len(y)) counts every row alike",
        )
    if not (np.isfinite(weight) & (weight >= 0)).all() or not weight.any():
        raise DataError(
            "needed sample_weight finite, from 0 on, and not all 0",
            got=f"values from {weight.min()} to {weight.max()}",
            fix="leave a row out by weight 0",
        )
    return weight.astype(np.float64)
