"""What optimizers hold: parameters, their gradients, and whether they changed."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer


def get_parameters(optimizer: "Optimizer") -> "list[Tensor]":
    """Return the parameters that an optimizer holds."""
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def get_ids(optimizers: "Iterable[Optimizer]") -> set[int]:
    """Return the ids of all parameters that optimizers hold."""
    return {id(parameter) for one in optimizers for parameter in get_parameters(one)}


def get_gradients(optimizer: "Optimizer") -> "list[Tensor]":
    """Return the gradients of an optimizer's parameters, where there are any."""
    return [one.grad for one in get_parameters(optimizer) if one.grad is not None]


def compute_checksum(parameters: "Iterable[Tensor]") -> float:
    """Compute a number that changes when parameters do.

    Examples:
        >>> import torch
        >>> compute_checksum([torch.ones(3), torch.ones(2, 1)])
        5.0
    """
    parts = [one.detach().reshape(-1)[:64].double() for one in parameters]
    return sum(float(part.real.sum()) for part in parts)
