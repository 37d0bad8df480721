"""Activation functions between layers, with the slopes the stacked engine needs."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

_aten = torch.ops.aten


@dataclass(frozen=True, kw_only=True)
class Activation:
    """A function applied to every unit of a hidden layer.

    Args:
        name: PyTorch's functional name.
        module: the ``nn.Module`` of it.
        fn: the function.
        backward: ``(gradient, before, after)`` to the gradient before the function, where
            ``before`` and ``after`` are its input and output.
        summary: what it does, in a line.
    """

    name: str
    module: Callable[[], nn.Module]
    fn: Callable[[Tensor], Tensor]
    backward: Callable[[Tensor, Tensor, Tensor], Tensor]
    summary: str


ACTIVATION_SPECS = (
    Activation(
        name="relu",
        module=nn.ReLU,
        fn=torch.relu,
        backward=lambda gradient, before, after: _aten.threshold_backward(gradient, after, 0),
        summary="max(0, z)",
    ),
    Activation(
        name="tanh",
        module=nn.Tanh,
        fn=torch.tanh,
        backward=lambda gradient, before, after: _aten.tanh_backward(gradient, after),
        summary="hyperbolic tangent, between -1 and 1",
    ),
    Activation(
        name="gelu",
        module=nn.GELU,
        fn=nn.functional.gelu,
        backward=lambda gradient, before, after: _aten.gelu_backward(gradient, before),
        summary="z times the normal distribution function of z",
    ),
    Activation(
        name="silu",
        module=nn.SiLU,
        fn=nn.functional.silu,
        backward=lambda gradient, before, after: _aten.silu_backward(gradient, before),
        summary="z times its sigmoid",
    ),
    Activation(
        name="leaky_relu",
        module=nn.LeakyReLU,
        fn=nn.functional.leaky_relu,
        backward=lambda gradient, before, after: _aten.leaky_relu_backward(
            gradient, before, 0.01, False
        ),
        summary="z above zero, 0.01 z below",
    ),
    Activation(
        name="identity",
        module=nn.Identity,
        fn=lambda z: z,
        backward=lambda gradient, before, after: gradient,
        summary="nothing: a stack of linear layers stays linear",
    ),
)
