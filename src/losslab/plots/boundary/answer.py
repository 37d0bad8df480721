"""What a model answers for points: probabilities, scores, or classes alone."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from losslab.core.errors import DataError

Array = NDArray[np.float64]
Kind = Literal["probability", "score", "class"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Answer:
    """One number per point and class; the class with the largest wins.

    Args:
        kind: ``probability``; ``score``, of which only the differences mean something; or
            ``class``, 1 for the winner and 0 for the others.
        values: ``(N, K)``.
        labels: what the model calls its classes, in the order of the columns.
    """

    kind: Kind
    values: Array
    labels: tuple[Any, ...]

    def __post_init__(self) -> None:
        if len(self.labels) < 2:
            raise DataError(
                "needed a model of at least two classes",
                got=f"one of {len(self.labels)}: {', '.join(map(repr, self.labels)) or 'none'}",
                fix="fit it to rows of two or more classes",
            )
        if self.values.ndim != 2 or self.values.shape[1] != len(self.labels):
            raise DataError(
                f"needed one {self.kind} per point and class: (N, {len(self.labels)})",
                got=f"shape {self.values.shape}",
                fix="fit a model of one target, with one column for each of its classes",
            )
        if not np.isfinite(self.values).all():
            raise DataError(
                "needed a model that answers finite numbers",
                got=f"NaN or infinity for {(~np.isfinite(self.values).all(1)).sum()} points",
                fix="a smaller learning rate, or a stronger penalty: its training diverged",
            )


def in_columns(decision: Array) -> Array:
    """Give each of two classes its own column, whose difference is the score of the second.

    >>> in_columns(np.array([3.0])).tolist()
    [[-1.5, 1.5]]
    """
    return np.stack([-decision / 2, decision / 2], axis=1)


def winners_only(codes: NDArray[np.int64], n_classes: int) -> Array:
    """Give 1 to the class that was predicted and 0 to all others, ``(N, K)``."""
    return np.eye(n_classes)[codes]
