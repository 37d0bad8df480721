"""The specification of a metric, and checks of targets and predictions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from losslab.core.errors import ContractError, DataError
from losslab.core.tasks import CLASS_TASKS, check_task

Needs = Literal["classes", "probabilities", "values"]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A function that rates predictions by one number.

    Attributes:
        name: its name in the catalogue.
        label: its name in text and figures.
        tasks: the tasks it applies to.
        higher_is_better: whether larger values are better.
        needs: the prediction it takes, for N rows and K classes: ``classes`` (codes, ``(N,)``),
            ``probabilities`` (``(N, K)``, also for two classes) or ``values`` (``(N,)``).
        fn: the function ``(y, prediction) -> float``, where ``y`` are class codes 0..K-1 or
            values, ``(N,)``.
        bounds: the lowest and highest value it can have.
        reference: the publication.
        favours: losses that order predictions exactly as this metric does, which gives them a
            home advantage.
        rewards: the functionals with the best value, as named in ``Loss.elicits``.
        accepts_scores: whether decision scores can replace probabilities.
        in_target_units: whether scaling the target scales the metric.
    """

    name: str
    label: str
    tasks: tuple[str, ...]
    higher_is_better: bool
    needs: Needs
    fn: Callable[[NDArray[Any], NDArray[Any]], float]
    bounds: tuple[float, float]
    reference: str
    favours: tuple[str, ...] = ()
    rewards: tuple[str, ...] = ()
    accepts_scores: bool = False
    in_target_units: bool = False


# A softmax over many classes in float32 sums to 1 within this.
SUM_TOLERANCE = 1e-3


def check_predictions(
    task: str, y: NDArray[Any], predictions: Mapping[str, ArrayLike | None], n_classes: int | None
) -> dict[str, NDArray[Any]]:
    """Convert the predictions that are not None to arrays, and check shapes and values.

    Examples:
        >>> check_predictions("regression", np.zeros(2), {"values": [1.0, 2.0]}, n_classes=None)
        {'values': array([1., 2.])}
    """
    arrays = {kind: np.asarray(array) for kind, array in predictions.items() if array is not None}
    n_classes = _infer_n_classes(task, arrays, n_classes)
    for kind, array in arrays.items():
        in_columns = kind == "probabilities" or (kind == "scores" and task != "binary")
        _check_shape(kind, array, (len(y), n_classes) if in_columns else (len(y),))
    if "probabilities" in arrays:
        _check_probabilities(arrays["probabilities"])
    if task in CLASS_TASKS:
        _check_codes("the target", y, n_classes)
        if "classes" in arrays:
            _check_codes("classes", arrays["classes"], n_classes)
    return arrays


def _infer_n_classes(
    task: str, arrays: Mapping[str, NDArray[Any]], n_classes: int | None
) -> int | None:
    if n_classes is not None or task == "binary":
        return n_classes or 2
    columns = (arrays[k] for k in ("probabilities", "scores") if k in arrays)
    return next((array.shape[-1] for array in columns if array.ndim == 2), None)


def _check_shape(kind: str, array: NDArray[Any], needed: tuple[int | None, ...]) -> None:
    if array.shape != needed:
        # (N, 1) is not reshaped to (N,): it may be a mistake of the caller.
        raise ContractError(
            f"needed {kind} of shape ({', '.join(str(n or 'K') for n in needed)}"
            f"{',' if len(needed) == 1 else ''})",
            got=f"{array.shape}",
            fix="pass one entry per test row, and a column per class only for probabilities",
        )


def _check_probabilities(p: NDArray[Any]) -> None:
    finite = p[np.isfinite(p).all(axis=1)]  # rows that are not make the metrics NaN
    if not len(finite):
        return
    error = np.abs(finite.sum(axis=1) - 1).max()
    if error > SUM_TOLERANCE or finite.min() < -SUM_TOLERANCE:
        raise ContractError(
            "needed probabilities of at least 0 that sum to 1 in each row",
            got=f"values from {finite.min():g}, and a row whose sum differs from 1 by {error:g}",
            fix="apply softmax or sigmoid first, or pass raw outputs as scores",
        )


def _check_codes(role: str, codes: NDArray[Any], n_classes: int | None) -> None:
    if codes.dtype.kind not in "iub":
        raise ContractError(
            f"needed {role} as integer class codes",
            got=f"dtype {codes.dtype}",
            fix="pass the codes 0, 1, ... as int64",
        )
    highest = np.inf if n_classes is None else n_classes - 1
    if codes.min() < 0 or codes.max() > highest:
        raise ContractError(
            f"needed {role} as class codes from 0 to {'K - 1' if n_classes is None else highest}",
            got=f"codes from {codes.min()} to {codes.max()}",
            fix="code the classes 0, 1, ... in the order of the probability columns",
        )


def check_target(task: str, y: ArrayLike) -> NDArray[Any]:
    """Return the target of a task as a non-empty one-dimensional array.

    Examples:
        >>> check_target("count", [3.0, 0.0])
        array([3., 0.])
    """
    check_task(task)
    target = np.asarray(y)
    if target.ndim != 1 or len(target) == 0:
        raise DataError(
            "needed a target of shape (N,) with at least one row",
            got=f"{target.shape}",
            fix="pass one class code or one value per row",
        )
    return target
