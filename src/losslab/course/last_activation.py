"""The activation after the last layer, in any of the forms that homework names it in."""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from losslab.core.errors import OptionError

LastActivation = type[nn.Module] | nn.Module | Callable[[Tensor], Tensor] | None

# Told no axis, these guess one and warn, or fail.
_OVER_CLASSES = (
    torch.softmax,
    torch.log_softmax,
    functional.softmax,
    functional.log_softmax,
    functional.softmin,
)


class Activation(nn.Module):
    """A function as a layer.

    Example
        >>> Activation(torch.sigmoid)
        Activation(sigmoid)
    """

    def __init__(self, fn: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.fn = fn

    def forward(self, x: Tensor) -> Tensor:
        """Apply the function."""
        return self.fn(x)

    def extra_repr(self) -> str:
        """Name the function."""
        return str(getattr(getattr(self.fn, "func", self.fn), "__name__", self.fn))


def last_activation(activation: LastActivation) -> nn.Module | None:
    """Make a layer of a class, a module, a function or None; a softmax is over the last axis.

    Example
        >>> last_activation(nn.LogSoftmax)
        LogSoftmax(dim=-1)
        >>> last_activation(torch.sigmoid)
        Activation(sigmoid)
    """
    if activation is None or isinstance(activation, nn.Module):
        return activation
    if inspect.isclass(activation) and issubclass(activation, nn.Module):
        return _built(activation)
    if callable(activation) and not inspect.isclass(activation):
        fn: Any = activation
        over_classes = any(fn is known for known in _OVER_CLASSES)
        return Activation(partial(fn, dim=-1) if over_classes else fn)
    raise OptionError(
        "needed a last activation: a class of torch.nn, a module, a function or None",
        got=repr(activation),
        fix="last_layer_activation_fn=torch.nn.Sigmoid, or None for raw outputs",
    )


def _built(activation: type[nn.Module]) -> nn.Module:
    build: Any = activation
    settings = inspect.signature(activation).parameters
    try:
        built: nn.Module = build(dim=-1) if "dim" in settings else build()
    except TypeError as error:
        raise OptionError(
            "needed an activation that can be built without settings",
            got=f"the class {activation.__name__} ({error})",
            fix=f"build it yourself: last_layer_activation_fn=torch.nn.{activation.__name__}(...)",
        ) from error
    return built
