"""One row's loss and its slope in the last layer's output, for a head and a loss still to come."""

from losslab.training.compiled.jit import Array


def slope_in_z(z: Array, target: Array, gradient: Array, params: Array, prediction: Array) -> float:
    """Return a row's loss and fill ``gradient`` with its slope in ``z``."""
    head_forward(z, prediction)
    value = loss(prediction, target, gradient, params)
    head_backward(z, prediction, gradient)
    return value


def head_forward(z: Array, prediction: Array) -> None:
    """Stands for a head's row function, which is put in its place when compiled."""
    raise NotImplementedError


def head_backward(z: Array, prediction: Array, gradient: Array) -> None:
    """Stands for a head's chain rule."""
    raise NotImplementedError


def loss(prediction: Array, target: Array, gradient: Array, params: Array) -> float:
    """Stands for a loss's row kernel."""
    raise NotImplementedError
