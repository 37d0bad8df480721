"""The losses by their formulas, for any library that speaks NumPy's language."""

from typing import Any

# Their usual head for two classes is a sigmoid.
_OVER_PROBABILITIES = frozenset({"mse", "l1"})


def compute_row_losses(name: str, ops: Any, z: Any, y: Any, task: str) -> Any:
    """Compute each row's loss, ``(N,)``.

    Args:
        name: the loss, as losslab's catalogue names it.
        ops: ``numpy``, ``jax.numpy`` or ``keras.ops``.
        z: what the last layer put out, ``(N, K)``.
        y: 0 and 1, or values, as floats ``(N,)``; class codes ``(N,)`` for cross_entropy.
        task: as of the workload; for two classes mse and l1 read probabilities.

    Examples:
        >>> import numpy as np
        >>> z, y = np.array([[2.0], [0.5]]), np.array([1.0, 0.0])
        >>> compute_row_losses("hinge", np, z, y, "binary")
        array([0. , 1.5])
    """
    if name == "cross_entropy":
        largest = ops.max(z, axis=-1, keepdims=True)
        total = ops.log(ops.sum(ops.exp(z - largest), axis=-1)) + largest[:, 0]
        return total - ops.take_along_axis(z, y[:, None], axis=-1)[:, 0]
    value = z[:, 0]
    if name in _OVER_PROBABILITIES and task == "binary":
        value = 0.5 * (1.0 + ops.tanh(0.5 * value))
    return _BY_NAME[name](ops, value, y)


def _bce_with_logits(ops: Any, z: Any, y: Any) -> Any:
    return ops.maximum(z, 0.0) - z * y + ops.log1p(ops.exp(-ops.abs(z)))


def _focal(ops: Any, z: Any, y: Any) -> Any:
    missed = 0.5 * (1.0 + ops.tanh(-0.5 * z * (2.0 * y - 1.0)))
    return ops.square(missed) * _bce_with_logits(ops, z, y)


def _hinge(ops: Any, z: Any, y: Any) -> Any:
    return ops.maximum(1.0 - z * (2.0 * y - 1.0), 0.0)


def _squared_hinge(ops: Any, z: Any, y: Any) -> Any:
    return ops.square(_hinge(ops, z, y))


def _mse(ops: Any, value: Any, y: Any) -> Any:
    return ops.square(value - y)


def _l1(ops: Any, value: Any, y: Any) -> Any:
    return ops.abs(value - y)


_BY_NAME = {
    "bce_with_logits": _bce_with_logits,
    "focal": _focal,
    "hinge": _hinge,
    "squared_hinge": _squared_hinge,
    "mse": _mse,
    "l1": _l1,
}
FORMULAS = frozenset({"cross_entropy", *_BY_NAME})
