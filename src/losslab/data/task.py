"""Which task a target poses, inferred from its values and said in words."""

import numpy as np

from losslab.core.errors import DataError
from losslab.data.numbers import number_text
from losslab.data.wording import listed, shown

MOST_CODES = 10
ROWS_PER_CODE = 5
SMALL_COUNT = 100


def infer_task(target: str, labels: tuple[str, ...], numbers: np.ndarray | None) -> tuple[str, str]:
    """Infer the task and the reason for it.

    The first that applies: two distinct values are binary; text, categories and truth values are
    multiclass; numbers with fractions are regression; at most 10 distinct integers, each in at
    least 5 rows, are classes; non-negative integers with a median of at most 100 are counts (above,
    a count is nearly normal and squared error serves); all other integers are regression.

    Args:
        target: the name of the column.
        labels: its distinct values as text, in order.
        numbers: one number per row, or None where the target is text.

    Example
        >>> infer_task("credit", ("1", "2"), np.array([1.0, 2.0, 2.0]))
        ('binary', "target 'credit' has the two values 1, 2")
    """
    if len(labels) < 2:
        raise DataError(
            f"needed a target {target!r} with different values",
            got=f"the single value {shown(labels[0]) if labels else 'none'}",
            fix="choose another --target, or gather rows with other outcomes",
        )
    if len(labels) == 2:
        return "binary", f"target {target!r} has the two values {listed(labels)}"
    if numbers is None:
        return "multiclass", f"target {target!r} has {len(labels)} classes"
    if np.any(numbers != np.floor(numbers)):
        return "regression", f"target {target!r} has numbers with fractions"
    return _infer_integers(target, numbers)


def _infer_integers(target: str, numbers: np.ndarray) -> tuple[str, str]:
    counts = np.unique(numbers, return_counts=True)[1]
    median = float(np.median(numbers))
    if len(counts) <= MOST_CODES and counts.min() >= ROWS_PER_CODE:
        return "multiclass", (
            f"target {target!r} has {len(counts)} different integers, each in at least "
            f"{ROWS_PER_CODE} rows (--task regression takes them as numbers)"
        )
    if numbers.min() < 0:
        return "regression", f"target {target!r} has integers, some of them negative"
    if median <= SMALL_COUNT:
        return "count", (
            f"target {target!r} has non-negative integers with median {number_text(median)} "
            "(--task regression or multiclass overrides)"
        )
    return "regression", (
        f"target {target!r} has integers with median {number_text(median)}, above {SMALL_COUNT} "
        "(--task count overrides)"
    )
