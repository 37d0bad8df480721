"""What a metric promises."""

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
    """One number for all test rows; what a comparison ranks by or shows beside.

    ``fn(y, prediction) -> float``; with N rows and K classes, ``y`` holds int codes 0..K-1 (N,) or
    values (N,), and the prediction, by ``needs``, holds ``classes`` (codes, (N,)),
    ``probabilities`` ((N, K), two columns for a binary task) or ``values`` ((N,)).
    ``accepts_scores`` says that raw decision scores may stand in for probabilities. ``favours``
    names the losses that order predictions exactly as this metric does: they train for it and so
    have a home advantage. ``rewards`` names what does best by it, in the words of
    ``Loss.elicits``. Every value lies within ``bounds``. ``in_target_units`` says that
    scaling the target scales the metric.
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


# A softmax over many classes in float32 misses 1 by less than this.
SUM_TOLERANCE = 1e-3


def checked(
    task: str, y: NDArray[Any], given: Mapping[str, ArrayLike | None], n_classes: int | None
) -> dict[str, NDArray[Any]]:
    """Turn the predictions that exist into arrays of the right shape, or refuse them.

    Examples:
        >>> checked("regression", np.zeros(2), {"values": [1.0, 2.0], "classes": None}, None)
        {'values': array([1., 2.])}
    """
    arrays = {kind: np.asarray(array) for kind, array in given.items() if array is not None}
    n_classes = _number_of_classes(task, arrays, n_classes)
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


def _number_of_classes(
    task: str, arrays: Mapping[str, NDArray[Any]], n_classes: int | None
) -> int | None:
    if n_classes is not None or task == "binary":
        return n_classes or 2
    columns = (arrays[k] for k in ("probabilities", "scores") if k in arrays)
    return next((array.shape[-1] for array in columns if array.ndim == 2), None)


def _check_shape(kind: str, array: NDArray[Any], needed: tuple[int | None, ...]) -> None:
    if array.shape != needed:
        # (N, 1) against (N,) would broadcast to (N, N), so it is not mended here.
        raise ContractError(
            f"needed {kind} of shape ({', '.join(str(n or 'K') for n in needed)}"
            f"{',' if len(needed) == 1 else ''})",
            got=f"{array.shape}",
            fix="pass one row per test row; one column per class only where classes have columns",
        )


def _check_probabilities(p: NDArray[Any]) -> None:
    finite = p[np.isfinite(p).all(axis=1)]  # a diverged candidate's rows make its metrics NaN
    if not len(finite):
        return
    off = np.abs(finite.sum(axis=1) - 1).max()
    if off > SUM_TOLERANCE or finite.min() < -SUM_TOLERANCE:
        raise ContractError(
            "needed probabilities of at least 0 that sum to 1 in each row",
            got=f"a smallest value of {finite.min():g} and a row that misses 1 by {off:g}",
            fix="apply softmax or sigmoid first, or pass raw outputs as scores",
        )


def _check_codes(role: str, codes: NDArray[Any], n_classes: int | None) -> None:
    if codes.dtype.kind not in "iub":
        raise ContractError(
            f"needed {role} as whole-number class codes",
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


def target_of(task: str, y: ArrayLike) -> NDArray[Any]:
    """Read the target of a known task as a non-empty one-dimensional array.

    Examples:
        >>> target_of("count", [3.0, 0.0])
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
