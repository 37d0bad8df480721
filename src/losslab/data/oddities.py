"""What may well be a mistake in a table that can be used as it is: notes, not refusals."""

from collections.abc import Sequence

import numpy as np

from losslab.data.columns import Column
from losslab.data.target import Target
from losslab.data.wording import flag, listed

ALMOST = 1e-9  # of the spread: a copy in other units differs by rounding


def oddities(columns: Sequence[Column], target: Target, name: str) -> tuple[str, ...]:
    """Say which labels look alike, which features copy the target, and how many rows repeat.

    Args:
        columns: the features.
        target: the target ``name``, read.
        name: of the target.
    """
    texts = [(f"target {name!r}", target.classes)]
    texts += [
        (f"column {own.name!r}", tuple(_levels(own))) for own in columns if own.numbers is None
    ]
    notes = [
        f"{where}: {listed([repr(label) for label in labels])} differ only by blanks or case, "
        "and count as different"
        for where, levels in texts
        for labels in lookalikes(levels)
    ]
    copies = [column.name for column in columns if _copies(column, target)]
    notes += [
        f"column {copy!r} tells the target {name!r} without fail; if it would not be known when "
        f"predicting, {flag('drop', [copy])}"
        for copy in copies
    ]
    repeated = _repeated(columns, target)
    if repeated:
        notes.append(
            f"{repeated} of {len(target.y)} rows repeat an earlier row in every feature and the "
            "target; true copies are tested on after they were trained on"
        )
    return tuple(notes)


def lookalikes(labels: Sequence[str]) -> list[list[str]]:
    """Group the labels that differ only by blanks at their ends or by case.

    >>> lookalikes(["no", "yes", " yes", "Yes"])
    [['yes', ' yes', 'Yes']]
    """
    groups: dict[str, list[str]] = {}
    for label in labels:
        groups.setdefault(label.strip().casefold(), []).append(label)
    return [group for group in groups.values() if len(group) > 1]


def _levels(column: Column) -> list[str]:
    return [column.levels[code] for code in np.unique(column.codes) if code >= 0]


def _values(column: Column) -> np.ndarray:
    """One number per row that tells its contents apart; a missing one is a content too."""
    if column.numbers is None:
        return column.codes
    values = column.values()
    filled: np.ndarray = np.where(np.isnan(values), np.inf, values)
    return filled


def _copies(column: Column, target: Target) -> bool:
    values = _values(column)
    if not target.classes:
        return column.numbers is not None and _same_but_for_units(values, target.y)
    distinct, codes = np.unique(values, return_inverse=True)
    pairs = np.unique(np.stack([codes, target.y]), axis=1).shape[1]
    return len(distinct) == len(target.classes) == int(pairs)


def _same_but_for_units(values: np.ndarray, y: np.ndarray) -> bool:
    with np.errstate(all="ignore"):
        first, second = ((one - one.mean()) / one.std() for one in (values, y))
        apart = min(np.abs(first - second).max(), np.abs(first + second).max())
    return bool(apart < ALMOST)  # false for NaN, from a column without spread or with gaps


def _repeated(columns: Sequence[Column], target: Target) -> int:
    rows = np.stack([*map(_values, columns), target.y], axis=1).astype(np.float64)
    return len(rows) - len(np.unique(rows, axis=0))
