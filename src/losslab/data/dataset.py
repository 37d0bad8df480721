"""Data sets: a table with a target and a fingerprint, and its entry in the catalogue."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from losslab.core.errors import DataError
from losslab.core.hashing import to_canonical_json
from losslab.core.tasks import CLASS_TASKS, TASKS

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Dataset:
    """A table ready to be split: features, target, task and provenance.

    Attributes:
        name: what reports call it.
        X: the features ``(N, columns)``: float64 numbers or pandas categories of text; missing
            values are NaN.
        y: the target ``(N,)``: class codes 0..K-1 in the order of ``classes``, or float64 numbers
            where ``classes`` is empty.
        task: binary, multiclass, regression or count.
        classes: the class labels.
        target: the name of the target column.
        source: where the table comes from.
        groups: a group per row ``(N,)``, kept together when splitting, or None.
        notes: what a user should know about how it was read.

    Examples:
        >>> from losslab.data.catalog import load_dataset
        >>> load_dataset("iris")
        Dataset('iris', 150 rows, 4 features, multiclass target 'species')
    """

    name: str
    X: "pd.DataFrame"
    y: np.ndarray
    task: str
    classes: tuple[str, ...] = ()
    target: str = "target"
    source: str = ""
    groups: np.ndarray | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_dataset(self)
        dtype = np.int64 if self.task in CLASS_TASKS else np.float64
        object.__setattr__(self, "y", copy_read_only(self.y, dtype))
        if self.groups is not None:
            object.__setattr__(self, "groups", copy_read_only(self.groups, None))

    @cached_property
    def fingerprint(self) -> str:
        """A hash of the content, 32 hexadecimal digits, the same in every process."""
        return compute_fingerprint(self.X, self.y, self.groups, self.task, self.classes)

    def __len__(self) -> int:
        return len(self.y)

    def __repr__(self) -> str:
        return (
            f"Dataset({self.name!r}, {len(self)} rows, {self.X.shape[1]} features, "
            f"{self.task} target {self.target!r})"
        )

    def _repr_html_(self) -> str:
        y = self.y[:5].tolist()
        labels = [self.classes[code] for code in y] if self.classes else y
        head = self.X.head().assign(**{self.target: labels})
        return f"<p>{escape(repr(self))}</p>{head.to_html(escape=True)}"


@dataclass(frozen=True, kw_only=True)
class DatasetSpec:
    """One entry of the catalogue of data sets; tests compare every field with the loaded table."""

    name: str
    title: str
    task: str
    source: str
    license: str
    n_rows: int
    n_features: int
    n_classes: int
    load: Callable[[], Dataset]


def compute_fingerprint(
    frame: "pd.DataFrame",
    y: np.ndarray,
    groups: np.ndarray | None,
    task: str,
    classes: tuple[str, ...],
) -> str:
    """Hash names, kinds and values of all columns, the target, its classes, groups and task."""
    digest = hashlib.blake2b(digest_size=16)
    _hash_json(digest, ["losslab table 1", task, list(classes), frame.shape[0], frame.shape[1]])
    for name in frame.columns:
        _hash_column(digest, str(name), frame[name])
    _hash_numbers(digest, y)
    if groups is not None:
        labels, codes = np.unique(np.asarray(groups).astype(str), return_inverse=True)
        _hash_json(digest, labels.tolist())
        digest.update(codes.astype("<i4").tobytes())
    return digest.hexdigest()


def _hash_column(digest: "hashlib.blake2b", name: str, column: "pd.Series") -> None:
    if str(column.dtype) != "category":
        _hash_json(digest, [name, "number"])
        _hash_numbers(digest, column.to_numpy(np.float64))
        return
    # Unused levels do not count: they cannot reach a network.
    used = column.cat.remove_unused_categories()
    levels = [str(level) for level in used.cat.categories]
    order = np.argsort(np.array(levels, dtype=object), kind="stable")
    rank = np.full(len(levels) + 1, -1)
    rank[order] = np.arange(len(levels))  # the last entry stays -1, for missing values
    _hash_json(digest, [name, "category", [levels[index] for index in order]])
    digest.update(rank[used.cat.codes.to_numpy()].astype("<i4").tobytes())


def _hash_json(digest: "hashlib.blake2b", value: object) -> None:
    # The length in front separates neighboring pieces.
    text = to_canonical_json(value).encode()
    digest.update(len(text).to_bytes(8, "little") + text)


def _hash_numbers(digest: "hashlib.blake2b", values: np.ndarray) -> None:
    numbers = np.array(values, dtype="<f8") + 0.0  # -0.0 becomes 0.0
    numbers[np.isnan(numbers)] = np.nan  # a NaN has many bit patterns; keep one
    digest.update(numbers.tobytes())


def copy_read_only(values: np.ndarray, dtype: type | None) -> np.ndarray:
    """Copy an array and protect it from changes."""
    copy = np.array(values, dtype=dtype)
    copy.setflags(write=False)
    return copy


def _check_dataset(data: Dataset) -> None:
    if data.task not in TASKS:
        raise DataError(
            "needed a task of a data set", got=repr(data.task), fix=f"one of {', '.join(TASKS)}"
        )
    if len({len(rows) for rows in (data.X, data.y, data.groups) if rows is not None}) != 1:
        raise DataError(
            "needed one target (and group) per row of X",
            got=f"{len(data.X)} rows and {len(data.y)} targets",
            fix="pass X, y and groups of one length",
        )
    wrong = [
        f"{name!r} of type {dtype}"
        for name, dtype in data.X.dtypes.items()
        if str(dtype) not in ("float64", "category")
    ]
    names = [*data.X.columns, data.target]
    if wrong or len(set(names)) < len(names):
        raise DataError(
            "needed distinct columns of type float64 or category in X, and a target beside them",
            got=", ".join(wrong) or "a name twice",
            fix="losslab.data.load.load(frame, TableOptions(target=...)) types the columns",
        )
    _check_target(data)


def _check_target(data: Dataset) -> None:
    y = np.asarray(data.y)
    if data.task not in CLASS_TASKS:
        if data.classes or not np.isfinite(y).all():
            raise DataError(
                f"needed finite numbers in y and no classes for the task {data.task}",
                got=f"classes {data.classes}" if data.classes else "a missing or infinite one",
                fix="remove those rows, or name another task",
            )
        return
    if len(data.classes) < 2 or not np.isin(y, np.arange(len(data.classes))).all():
        raise DataError(
            f"needed class codes 0 to {max(len(data.classes) - 1, 1)} in y, one label for each",
            got=f"{len(data.classes)} labels and codes {np.unique(y)[:9].tolist()}",
            fix="pass classes=, the labels in the order of the codes",
        )
