"""The group lasso on input features: few features."""

import math

import numpy as np
import torch
from torch import Tensor

from losslab.training.kernel_math import Array
from losslab.training.penalty import Number, Penalty, PenaltyKernel, fill_step_sizes

_STEPS = 12  # of Newton's method, which needs about five


def value(weights: Tensor, alpha: Number) -> Tensor:
    r"""The lengths of the features' weights, not squared; weights ``(inputs, outputs)``.

    Formula:
        .. math:: \alpha \sum_f \sqrt{\textstyle\sum_k w_{fk}^2}
    """
    lengths: Tensor = weights.norm(dim=-1)
    return alpha * lengths.sum()


def proximal_step(weights: Tensor, step_sizes: Number, lr: Number, alpha: Number) -> None:
    r"""Shrink each row of weights ``(..., groups, members)`` as one, in place; short to zero.

    Formula:
        With :math:`\theta` the length of the row afterwards,

        .. math:: w_i \leftarrow w_i \frac{\theta}{\theta + s_i \alpha}, \qquad
            \sum_i \left( \frac{w_i}{\theta + s_i \alpha} \right)^2 = 1

        and zero where no :math:`\theta > 0` does so. One step size for all makes it the block
        soft threshold. The equation is solved by Newton's method for the reciprocal of the root
        of its left side, which is nearly a straight line.
    References:
        Yuan and Lin, "Model selection and estimation in regression with grouped variables"
        (2006); Moré and Sorensen (1983) for the equation.

    Examples:
        >>> weights = torch.tensor([[3.0, 4.0], [0.3, 0.4]])
        >>> proximal_step(weights, 1.0, 0.0, 1.0)
        >>> weights
        tensor([[2.4000, 3.2000],
                [0.0000, 0.0000]])
    """
    # In float64, since step sizes of one row may be many decades apart.
    rows = weights.double()
    pull = torch.as_tensor(step_sizes * alpha, device=weights.device).double().expand_as(rows)
    length = rows.norm(dim=-1, keepdim=True) - pull.amax(-1, keepdim=True)
    length.clamp_(min=0.0)  # no longer than it will be, from where the method never overshoots
    for _ in range(_STEPS):
        room = length + pull
        squares = (rows / room).square()
        total = squares.sum(-1, keepdim=True)
        step = (total.sqrt() - 1.0) * total / (squares / room).sum(-1, keepdim=True)
        length = torch.where(step.isfinite(), (length + step).clamp_(min=0.0), length)
    weights.copy_(torch.where(pull > 0.0, rows * (length / (length + pull)), rows))


def group_lasso_kernel(
    weights: Array,
    state: Array,
    settings: Array,
    penalty: Array,
    lr: float,
    count: int,
    first: int,
    layer: int,
) -> None:
    """Shrink the weights of each input feature as one."""
    if layer or penalty[0] == 0.0:
        return
    rows, outputs = weights.shape
    step_sizes = np.empty(rows * outputs, weights.dtype)
    fill_step_sizes(step_sizes, state, settings, lr, count, first)
    row, pull = np.empty(outputs), np.empty(outputs)
    for r in range(rows):
        for k in range(outputs):
            row[k] = weights[r, k]
            pull[k] = step_sizes[r * outputs + k] * penalty[0]
        length = _solve_length(row, pull)
        for k in range(outputs):
            if pull[k] > 0.0:
                weights[r, k] = row[k] * (length / (length + pull[k]))


def _solve_length(row: Array, pull: Array) -> float:
    """How long a row will be, from its members and how hard each is pulled."""
    squares, hardest = 0.0, 0.0
    for k in range(len(row)):
        squares += row[k] * row[k]
        hardest = max(hardest, pull[k])
    length = max(math.sqrt(squares) - hardest, 0.0)
    for _ in range(_STEPS):
        total, gradient = 0.0, 0.0
        for k in range(len(row)):
            room = length + pull[k]
            part = row[k] / room
            total += part * part
            gradient += part * part / room
        step = (math.sqrt(total) - 1.0) * total / gradient
        before = length
        if math.isfinite(step):
            length = max(length + step, 0.0)
        if length == before:  # and so it would stay
            break
    return length


SPEC = Penalty(
    name="group_lasso",
    value=value,
    proximal_step=proximal_step,
    kernel=PenaltyKernel(group_lasso_kernel),
    on="the first layer",
    makes_zeros=True,
    formula=r"\alpha \sum_f \sqrt{\textstyle\sum_k w_{fk}^2}",
    summary="drops whole input features: all first-layer weights of one are zero, or none",
    reference="Yuan and Lin (2006); Scardapane and others (2017) for networks",
)
