"""The fingerprint of a table: one hash for one content, in every process."""

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from losslab.core.canonical import canonical_json

if TYPE_CHECKING:
    import pandas as pd


def fingerprint_of(
    frame: "pd.DataFrame",
    y: np.ndarray,
    groups: np.ndarray | None,
    task: str,
    classes: tuple[str, ...],
) -> str:
    """Hash names, kinds and values of all columns, the target, its classes, groups and task."""
    digest = hashlib.blake2b(digest_size=16)
    _add_text(digest, ["losslab table 1", task, list(classes), frame.shape[0], frame.shape[1]])
    for name in frame.columns:
        _add_column(digest, str(name), frame[name])
    _add_numbers(digest, y)
    if groups is not None:
        labels, codes = np.unique(np.asarray(groups).astype(str), return_inverse=True)
        _add_text(digest, labels.tolist())
        digest.update(codes.astype("<i4").tobytes())
    return digest.hexdigest()


def _add_column(digest: "hashlib.blake2b", name: str, column: "pd.Series") -> None:
    if str(column.dtype) != "category":
        _add_text(digest, [name, "number"])
        _add_numbers(digest, column.to_numpy(np.float64))
        return
    # Levels that no row has do not count: they cannot reach a network.
    used = column.cat.remove_unused_categories()
    levels = [str(level) for level in used.cat.categories]
    order = np.argsort(np.array(levels, dtype=object), kind="stable")
    rank = np.full(len(levels) + 1, -1)
    rank[order] = np.arange(len(levels))  # the last entry stays -1, for missing values
    _add_text(digest, [name, "category", [levels[place] for place in order]])
    digest.update(rank[used.cat.codes.to_numpy()].astype("<i4").tobytes())


def _add_text(digest: "hashlib.blake2b", value: object) -> None:
    # The length in front keeps neighbouring pieces from running into each other.
    text = canonical_json(value).encode()
    digest.update(len(text).to_bytes(8, "little") + text)


def _add_numbers(digest: "hashlib.blake2b", values: np.ndarray) -> None:
    numbers = np.array(values, dtype="<f8") + 0.0  # -0.0 becomes 0.0
    numbers[np.isnan(numbers)] = np.nan  # a NaN has many bit patterns; keep one
    digest.update(numbers.tobytes())
