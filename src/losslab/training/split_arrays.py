"""Arrays with the training, validation and test rows of a split."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from losslab.core.errors import DataError, describe_value
from losslab.objectives.objective import Objective

Rows = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class SplitArrays:
    """One split of a table with its features preprocessed.

    Attributes:
        X: the features of all rows ``(N, F)``, preprocessed with statistics of the training rows.
        y: the labels of all rows ``(N,)``: class codes, or values.
        train, validation, test: row numbers; the last two may be empty.
        weight: sample weights ``(N,)`` for training and validation; None for equal weights.
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
        """The sample weights of the training rows, ``(len(train),)``."""
        return self._get_weight(self.train)

    @property
    def validation_weight(self) -> NDArray[np.float64]:
        """The sample weights of the validation rows, ``(len(validation),)``."""
        return self._get_weight(self.validation)

    def _get_weight(self, rows: Rows) -> NDArray[np.float64]:
        return np.ones(len(rows)) if self.weight is None else self.weight[rows]

    def fit_objective(self, objective: Objective) -> Objective:
        """Fit the target encoding of an objective to the training rows and their weights."""
        weight = None if self.weight is None else self.weight[self.train]
        return objective.fit(self.y[self.train], weight)

    @property
    def usable_train(self) -> Rows:
        """The training rows, those of weight 0 replaced by the first of another weight.

        Rows of weight 0 contribute nothing, so their infinite numbers must not reach a sum either.
        """
        weighted = self.train_weight > 0
        if weighted.all() or not weighted.any():
            return self.train
        return np.where(weighted, self.train, self.train[weighted][0])


def prepare_arrays(
    X: ArrayLike,
    y: ArrayLike,
    splits: Iterable[object] | None = None,
    sample_weight: ArrayLike | None = None,
) -> list[SplitArrays]:
    """Check arrays and combine them with splits; without splits, all rows are training rows.

    Args:
        X: features ``(N, F)``.
        y: labels ``(N,)``.
        splits: pairs (train, test) of row numbers, as scikit-learn's ``split`` gives them, or
            objects with the row numbers ``train`` and maybe ``validation`` and ``test``.
        sample_weight: one nonnegative weight per row ``(N,)``.
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
    weight = None if sample_weight is None else _check_weight(sample_weight, len(labels))
    if splits is None:
        splits = [(np.arange(len(labels)), _NO_ROWS)]
    if not isinstance(splits, Iterable):
        raise DataError(
            "needed splits as pairs (train, test) of row numbers",
            got=describe_value(splits),
            fix="splits=KFold(5).split(X) for scikit-learn's KFold and the like",
        )
    tables = [
        SplitArrays(X=features, y=labels, weight=weight, **_read_split(split, index, len(labels)))
        for index, split in enumerate(splits)
    ]
    if not tables:
        raise DataError("needed at least one split", got="none", fix="splits=None trains on all")
    return tables


_NO_ROWS = np.arange(0)
_PARTS = ("train", "validation", "test")


def _read_split(split: object, index: int, n_rows: int) -> dict[str, Rows]:
    """Read the row numbers of a split by part; parts that it doesn't have are empty."""
    if isinstance(split, (tuple, list)) and len(split) == 2:
        parts = {"train": split[0], "test": split[1]}
    elif hasattr(split, "train"):
        parts = {part: getattr(split, part, _NO_ROWS) for part in _PARTS}
    else:
        raise DataError(
            f"needed split {index} as a pair (train, test) of row numbers, or an object with train",
            got=describe_value(split),
            fix="splits=[(train, test)] for one split; splits=KFold(5).split(X)",
        )
    rows = {
        part: _read_row_numbers(parts.get(part, _NO_ROWS), f"{part} rows of split {index}", n_rows)
        for part in _PARTS
    }
    if not len(rows["train"]):
        raise DataError(
            f"needed some train rows in split {index}",
            got="none",
            fix="the pair is (train, test), in this order; None instead of splits trains on all",
        )
    return rows


def _read_row_numbers(given: object, called: str, n_rows: int) -> Rows:
    try:
        rows = np.asarray(given)
    except ValueError:  # lists of unequal lengths
        rows = np.asarray(given, dtype=object)
    if rows.size == 0 and rows.ndim == 1:
        return _NO_ROWS
    if rows.ndim != 1 or rows.dtype.kind not in "iu":
        numbers = "np.flatnonzero(mask) gives the row numbers of a mask"
        pair = "splits=[(train, test)] with an array of row numbers each"
        raise DataError(
            f"needed the {called} as whole numbers in one dimension",
            got=f"{rows.dtype} of shape {rows.shape}",
            fix=numbers if rows.dtype.kind == "b" else pair,
        )
    low, high = rows.min(), rows.max()
    if low < 0 or high >= n_rows:
        raise DataError(
            f"needed the {called} from 0 to {n_rows - 1}, for {n_rows} rows",
            got=f"row numbers from {low} to {high}",
            fix="split the same rows that are passed as X and y",
        )
    return rows.astype(np.int64)


def _check_weight(given: ArrayLike, n_rows: int) -> NDArray[np.float64]:
    weight = np.asarray(given)
    if weight.shape != (n_rows,) or weight.dtype.kind not in "iuf":
        raise DataError(
            "needed sample_weight as one number per row",
            got=f"shape {weight.shape}, dtype {weight.dtype}, for {n_rows} rows",
            fix="np.ones(len(y)) weights all rows equally",
        )
    if not (np.isfinite(weight) & (weight >= 0)).all() or not weight.any():
        raise DataError(
            "needed sample_weight finite, at least 0, and not all 0",
            got=f"values from {weight.min()} to {weight.max()}",
            fix="exclude a row by weight 0",
        )
    return weight.astype(np.float64)
