"""The course's network: linear layers with ReLU between them, and an activation at the end."""

import inspect
from collections.abc import Callable
from functools import partial
from numbers import Integral
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from losslab.core.errors import OptionError

LastActivation = type[nn.Module] | nn.Module | Callable[[Tensor], Tensor] | None

# Without an axis, these guess one and warn, or fail.
_OVER_CLASSES = (
    torch.softmax,
    torch.log_softmax,
    functional.softmax,
    functional.log_softmax,
    functional.softmin,
)


class SimpleMLP(nn.Module):
    """A multilayer perceptron, an ``nn.Sequential`` in the attribute ``dense``.

    Args:
        input_dim: the number of features.
        hidden_dim: the width of every hidden layer.
        output_dim: the number of outputs.
        num_den_layers: the number of hidden layers.
        last_layer_activation_fn: the activation after the last layer: a class of ``torch.nn``, a
            module, a function such as ``torch.sigmoid``, or None for raw outputs.

    Shape:
        x ``(B, input_dim)`` -> ``(B, output_dim)``

    Examples:
        >>> import torch
        >>> model = SimpleMLP(4, 64, 1, num_den_layers=2, last_layer_activation_fn=nn.Sigmoid)
        >>> [type(layer).__name__ for layer in model.dense]
        ['Linear', 'ReLU', 'Linear', 'ReLU', 'Linear', 'Sigmoid']
        >>> model(torch.zeros(3, 4)).shape
        torch.Size([3, 1])
    """

    def __init__(
        self,
        input_dim: int,
        hidden_dim: int,
        output_dim: int,
        num_den_layers: int = 1,
        last_layer_activation_fn: LastActivation = nn.ReLU,
    ) -> None:
        super().__init__()
        sizes = {
            "input_dim": input_dim,
            "hidden_dim": hidden_dim,
            "output_dim": output_dim,
            "num_den_layers": num_den_layers,
        }
        for name, size in sizes.items():
            if not isinstance(size, Integral) or isinstance(size, bool) or size < 1:
                raise OptionError(
                    f"SimpleMLP needs {name} to be an integer of at least 1",
                    got=repr(size),
                    fix=f"{name}={4 if name == 'num_den_layers' else 64}",
                )
        layers: list[nn.Module] = []
        width = input_dim
        for _ in range(num_den_layers):
            layers += [nn.Linear(width, hidden_dim), nn.ReLU()]
            width = hidden_dim
        layers.append(nn.Linear(width, output_dim))
        last = build_activation(last_layer_activation_fn)
        self.dense = nn.Sequential(*layers, *([] if last is None else [last]))

    def forward(self, x: Tensor) -> Tensor:
        """Return the outputs, after the last activation."""
        out: Tensor = self.dense(x)
        return out


class Activation(nn.Module):
    """A function as a layer.

    Examples:
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
        """Return the name of the function."""
        return str(getattr(getattr(self.fn, "func", self.fn), "__name__", self.fn))


def build_activation(activation: LastActivation) -> nn.Module | None:
    """Build a layer from a class, a module or a function; a softmax is over the last axis.

    Examples:
        >>> build_activation(nn.LogSoftmax)
        LogSoftmax(dim=-1)
        >>> build_activation(torch.sigmoid)
        Activation(sigmoid)
    """
    if activation is None or isinstance(activation, nn.Module):
        return activation
    given: Any = activation
    if inspect.isclass(given) and issubclass(given, nn.Module):
        try:
            layer: nn.Module = (
                given(dim=-1) if "dim" in inspect.signature(given).parameters else given()
            )
        except TypeError as error:
            raise OptionError(
                "needed an activation that can be built without arguments",
                got=f"the class {given.__name__} ({error})",
                fix=f"build it yourself: last_layer_activation_fn=torch.nn.{given.__name__}(...)",
            ) from error
        return layer
    if callable(given) and not inspect.isclass(given):
        over_classes = any(given is known for known in _OVER_CLASSES)
        return Activation(partial(given, dim=-1) if over_classes else given)
    raise OptionError(
        "needed a last activation: a class of torch.nn, a module, a function or None",
        got=repr(given),
        fix="last_layer_activation_fn=torch.nn.Sigmoid, or None for raw outputs",
    )
