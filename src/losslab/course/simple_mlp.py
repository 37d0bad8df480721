"""The course's network: linear layers with ReLU between them, and an activation at the end."""

from numbers import Integral
from typing import Any

from torch import Tensor, nn

from losslab.core.errors import OptionError
from losslab.course.last_activation import LastActivation, last_activation


class SimpleMLP(nn.Module):
    """A multilayer perceptron whose layers are one ``nn.Sequential`` in the attribute ``dense``.

    Args:
        input_dim: the number of features.
        hidden_dim: the width of every hidden layer.
        output_dim: the number of outputs.
        num_den_layers: the number of hidden layers.
        last_layer_activation_fn: what follows the last layer: a class of ``torch.nn``, a module, a
            function such as ``torch.sigmoid``, or None for raw outputs.

    Shape
        x ``(B, input_dim)`` -> ``(B, output_dim)``

    Example
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
        _check_sizes(
            input_dim=input_dim,
            hidden_dim=hidden_dim,
            output_dim=output_dim,
            num_den_layers=num_den_layers,
        )
        layers: list[nn.Module] = []
        width = input_dim
        for _ in range(num_den_layers):
            layers += [nn.Linear(width, hidden_dim), nn.ReLU()]
            width = hidden_dim
        layers.append(nn.Linear(width, output_dim))
        last = last_activation(last_layer_activation_fn)
        self.dense = nn.Sequential(*layers, *([] if last is None else [last]))

    def forward(self, x: Tensor) -> Tensor:
        """Return the outputs, after the last activation."""
        out: Tensor = self.dense(x)
        return out


def _check_sizes(**sizes: Any) -> None:
    for name, size in sizes.items():
        if not isinstance(size, Integral) or isinstance(size, bool) or size < 1:
            raise OptionError(
                f"SimpleMLP needs {name} to be a whole number of at least 1",
                got=repr(size),
                fix=f"{name}={4 if name == 'num_den_layers' else 64}",
            )
