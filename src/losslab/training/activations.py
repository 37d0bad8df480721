"""Activation functions: in PyTorch, and as kernels of the compiled engine.

Kernels run over a whole batch; transcendental functions are computed in float64. Expressions that
look roundabout keep the compiler from masked reads and writes, which are slow on some processors.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from losslab.training.kernel_math import Array, erf, exp, select, tanh

_aten = torch.ops.aten
_ROOT_HALF, _DENSITY = 0.7071067811865476, 0.3989422804014327
_LEAK = 0.01  # PyTorch's gradient of leaky_relu below zero


@dataclass(frozen=True, kw_only=True)
class Activation:
    """A function that is applied to every unit of a hidden layer.

    Attributes:
        name: the name of PyTorch's function.
        module: the ``nn.Module``.
        fn: the function.
        backward: the gradient of the input, from ``(gradient, before, after)``, where ``before``
            and ``after`` are input and output.
        kernel: fills ``after`` ``(B, units)``, from ``(before, after)``.
        gradient_kernel: overwrites ``before`` by the gradient of the input, from ``(gradient,
            before, after)``.
        summary: what it does.
    """

    name: str
    module: Callable[[], nn.Module]
    fn: Callable[[Tensor], Tensor]
    backward: Callable[[Tensor, Tensor, Tensor], Tensor]
    kernel: Callable[[Array, Array], None]
    gradient_kernel: Callable[[Array, Array, Array], None]
    summary: str


def relu_kernel(before: Array, after: Array) -> None:
    """Compute max(0, z), and NaN for NaN."""
    zero = before.dtype.type(0.0)
    for r in range(before.shape[0]):
        for j in range(before.shape[1]):
            after[r, j] = zero if before[r, j] <= zero else before[r, j]


def relu_gradient_kernel(gradient: Array, before: Array, after: Array) -> None:
    """Multiply the gradient by 1 above zero."""
    zero = before.dtype.type(0.0)
    for r in range(before.shape[0]):
        for j in range(before.shape[1]):
            before[r, j] = select(after[r, j] <= zero, zero, gradient[r, j])


def leaky_relu_kernel(before: Array, after: Array) -> None:
    """Compute z above zero, 0.01 z below."""
    zero, leak = before.dtype.type(0.0), before.dtype.type(_LEAK)
    for r in range(before.shape[0]):
        for j in range(before.shape[1]):
            z = before[r, j]
            after[r, j] = z if z > zero else leak * z


def leaky_relu_gradient_kernel(gradient: Array, before: Array, after: Array) -> None:
    """Multiply the gradient by 1 above zero, 0.01 below."""
    zero, leak = before.dtype.type(0.0), before.dtype.type(_LEAK)
    for r in range(before.shape[0]):
        for j in range(before.shape[1]):
            g = gradient[r, j]
            before[r, j] = select(before[r, j] > zero, g, leak * g)


def identity_kernel(before: Array, after: Array) -> None:
    """Copy z."""
    for r in range(before.shape[0]):
        for j in range(before.shape[1]):
            after[r, j] = before[r, j]


def identity_gradient_kernel(gradient: Array, before: Array, after: Array) -> None:
    """Copy the gradient."""
    for r in range(before.shape[0]):
        for j in range(before.shape[1]):
            before[r, j] = gradient[r, j]


def tanh_kernel(before: Array, after: Array) -> None:
    """Compute tanh(z)."""
    for r in range(before.shape[0]):
        for j in range(before.shape[1]):
            after[r, j] = tanh(1.0 * before[r, j])


def tanh_gradient_kernel(gradient: Array, before: Array, after: Array) -> None:
    """Multiply the gradient by 1 - tanh(z)^2."""
    one = before.dtype.type(1.0)
    for r in range(before.shape[0]):
        for j in range(before.shape[1]):
            before[r, j] = gradient[r, j] * (one - after[r, j] * after[r, j])


def silu_kernel(before: Array, after: Array) -> None:
    """Compute z times its sigmoid."""
    for r in range(before.shape[0]):
        for j in range(before.shape[1]):
            after[r, j] = before[r, j] / (1.0 + exp(-1.0 * before[r, j]))


def silu_gradient_kernel(gradient: Array, before: Array, after: Array) -> None:
    """Multiply the gradient by s (1 + z (1 - s)), with s the sigmoid."""
    for r in range(before.shape[0]):
        for j in range(before.shape[1]):
            share = 1.0 / (1.0 + exp(-1.0 * before[r, j]))
            before[r, j] = gradient[r, j] * (share * (1.0 + before[r, j] * (1.0 - share)))


def gelu_kernel(before: Array, after: Array) -> None:
    """Compute z times the normal distribution function of z."""
    for r in range(before.shape[0]):
        for j in range(before.shape[1]):
            z = 1.0 * before[r, j]
            after[r, j] = 0.5 * z * (1.0 + erf(_ROOT_HALF * z))


def gelu_gradient_kernel(gradient: Array, before: Array, after: Array) -> None:
    """Multiply the gradient by the distribution function of z plus z times the density."""
    for r in range(before.shape[0]):
        for j in range(before.shape[1]):
            z = 1.0 * before[r, j]
            share = 0.5 * (1.0 + erf(_ROOT_HALF * z))
            before[r, j] = gradient[r, j] * (share + z * _DENSITY * exp(-0.5 * z * z))


ACTIVATION_SPECS = (
    Activation(
        name="relu",
        module=nn.ReLU,
        fn=torch.relu,
        backward=lambda gradient, before, after: _aten.threshold_backward(gradient, after, 0),
        kernel=relu_kernel,
        gradient_kernel=relu_gradient_kernel,
        summary="max(0, z)",
    ),
    Activation(
        name="tanh",
        module=nn.Tanh,
        fn=torch.tanh,
        backward=lambda gradient, before, after: _aten.tanh_backward(gradient, after),
        kernel=tanh_kernel,
        gradient_kernel=tanh_gradient_kernel,
        summary="hyperbolic tangent, between -1 and 1",
    ),
    Activation(
        name="gelu",
        module=nn.GELU,
        fn=nn.functional.gelu,
        backward=lambda gradient, before, after: _aten.gelu_backward(gradient, before),
        kernel=gelu_kernel,
        gradient_kernel=gelu_gradient_kernel,
        summary="z times the normal distribution function of z",
    ),
    Activation(
        name="silu",
        module=nn.SiLU,
        fn=nn.functional.silu,
        backward=lambda gradient, before, after: _aten.silu_backward(gradient, before),
        kernel=silu_kernel,
        gradient_kernel=silu_gradient_kernel,
        summary="z times its sigmoid",
    ),
    Activation(
        name="leaky_relu",
        module=nn.LeakyReLU,
        fn=nn.functional.leaky_relu,
        backward=lambda gradient, before, after: _aten.leaky_relu_backward(
            gradient, before, 0.01, False
        ),
        kernel=leaky_relu_kernel,
        gradient_kernel=leaky_relu_gradient_kernel,
        summary="z above zero, 0.01 z below",
    ),
    Activation(
        name="identity",
        module=nn.Identity,
        fn=lambda z: z,
        backward=lambda gradient, before, after: gradient,
        kernel=identity_kernel,
        gradient_kernel=identity_gradient_kernel,
        summary="nothing: a stack of linear layers stays linear",
    ),
)
